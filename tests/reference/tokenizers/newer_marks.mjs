// Prints the code points that Hugging Face's tables of normal forms do not know: src/Model/Tokenizers/NormalForm.cs has them.
// A code point is new to them if it sorts or decomposes otherwise than in Node's Unicode; so is what such a one decomposes to.
//
//   node newer_marks.mjs
import { createRequire } from 'node:module';

const { Tokenizer } = createRequire(import.meta.url)('tokenizers');

const form = (type) => Tokenizer.fromString(JSON.stringify({
  version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: { type }, pre_tokenizer: null, post_processor: null, decoder: null,
  model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, vocab: {}, merges: [] },
})).getNormalizer();
const decompose = form('NFD');

// U+0345 sorts last of all marks, U+0334 first.
const isNewer = (c) => [c, 'a\u0345' + c, 'a' + c + '\u0334'].some((text) => decompose.normalizeString(text) !== text.normalize('NFD'));

const newer = new Set();
for (let code = 0; code < 0x110000; code++) {
  if (code >= 0xd800 && code < 0xe000) continue;
  const c = String.fromCodePoint(code);
  if (isNewer(c)) for (const part of c + c.normalize('NFD')) newer.add(part);
}
newer.delete('\u0307'); // a part of newer letters, old itself

const ranges = [];
for (const code of [...newer].map((c) => c.codePointAt(0)).sort((a, b) => a - b))
  if (ranges.at(-1)?.[1] === code - 1) ranges.at(-1)[1] = code;
  else ranges.push([code, code]);
console.log(`Unicode ${process.versions.unicode}: ${newer.size} in ${ranges.length} ranges`);
console.log(ranges.map((range) => `(${range.map((code) => '0x' + code.toString(16).toUpperCase()).join(', ')})`).join(', '));
