// Vectors for ChatLoop's tokenizers, made by Hugging Face's own library (npm: tokenizers, the Rust implementation).
//
//   npm ci                                                  once, in this folder (test.sh does it)
//   node tokenizers_reference.mjs families FOLDER           trains a small tokenizer per family and writes it with its vectors
//   node tokenizers_reference.mjs real NAME COUNT FOLDER    writes a real model's tokenizer (real.mjs) with COUNT vectors
//
// A vector is one line of JSON: t the text (w its UTF-16 units where it is not well-formed), m its ids with added tokens recognised,
// u its ids without (left out where they are the same), d the decoded ids of u without special tokens.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { families } from './families.mjs';
import { real } from './real.mjs';
import { steps } from './steps.mjs';
import { texts } from './texts.mjs';

const require = createRequire(import.meta.url);
const { Tokenizer } = require('tokenizers');

async function vectors(json, strings) {
  const markup = Tokenizer.fromString(JSON.stringify(json));
  const typed = Tokenizer.fromString(JSON.stringify({ ...json, added_tokens: [] }));
  const ids = async (tokenizer, text) => (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
  const lines = [];
  for (const text of strings) {
    const [m, u] = [await ids(markup, text), await ids(typed, text)];
    lines.push({
      ...(text.isWellFormed() ? { t: text } : { w: [...Array(text.length).keys()].map((i) => text.charCodeAt(i)) }),
      m,
      ...(JSON.stringify(m) === JSON.stringify(u) ? {} : { u }),
      d: await markup.decode(u, true),
    });
  }
  return lines;
}

const asLines = (lines) => lines.map((line) => JSON.stringify(line) + '\n').join('');

async function write(folder, { json, config }, strings) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json) + '\n');
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config, null, 2) + '\n');
  writeFileSync(join(folder, 'vectors.jsonl'), asLines(await vectors(json, strings)));
}

const [, , command, ...values] = process.argv;
if (command === 'families' && values.length === 1) {
  const [folder] = values;
  const corpus = readFileSync(new URL('corpus.txt', import.meta.url), 'utf8');
  for (const [name, family] of Object.entries(families(corpus))) await write(join(folder, name), family, texts(1, 260, 6));
  const variants = [];
  for (const [name, json, strings] of steps()) variants.push({ name, json, vectors: await vectors(json, strings) });
  writeFileSync(join(folder, 'steps.jsonl'), asLines(variants));
} else if (command === 'real' && values.length === 3) {
  const [name, count, folder] = values;
  await write(folder, await real(name), texts(2, Number(count), 12));
} else {
  console.error('families FOLDER | real NAME COUNT FOLDER');
  process.exit(2);
}
