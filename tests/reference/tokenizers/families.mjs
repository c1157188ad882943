// A small tokenizer per family: the settings of the family's real tokenizer.json, a vocabulary learnt from corpus.txt.
import { createRequire } from 'node:module';

const { Tokenizer } = createRequire(import.meta.url)('tokenizers');

const added = (id, content, special = true) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special });
const byteLevel = (options) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true, ...options });
const split = (regex) => ({ type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false });
const sequence = (...pretokenizers) => ({ type: 'Sequence', pretokenizers });
const template = (bos, id) => ({
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: bos, type_id: 1 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: { [bos]: { id: bos, ids: [id], tokens: [bos] } },
});

const llama3Pattern = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const qwenPattern = llama3Pattern.replace('{1,3}', '');

function file({ addedTokens, normalizer = null, preTokenizer, postProcessor = null, decoder, model }) {
  return {
    version: '1.0', truncation: null, padding: null, added_tokens: addedTokens, normalizer, pre_tokenizer: preTokenizer,
    post_processor: postProcessor, decoder,
    model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ...model },
  };
}

/** Algorithm 1 of Sennrich et al. 2016 over counted words, which are lists of symbols. */
function learnMerges(words, count) {
  const merges = [];
  while (merges.length < count) {
    const pairs = new Map();
    for (const { symbols, times } of words)
      for (let i = 0; i + 1 < symbols.length; i++) {
        const pair = symbols[i] + ' ' + symbols[i + 1];
        pairs.set(pair, (pairs.get(pair) ?? 0) + times);
      }
    const best = [...pairs].filter(([, times]) => times > 1).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0];
    if (!best) break;
    const [left, right] = best[0].split(' ');
    merges.push([left, right]);
    for (const word of words) {
      const merged = [];
      for (let i = 0; i < word.symbols.length; i++) {
        const found = word.symbols[i] === left && word.symbols[i + 1] === right;
        merged.push(found ? left + right : word.symbols[i]);
        if (found) i++;
      }
      word.symbols = merged;
    }
  }
  return merges;
}

function count(words) {
  const times = new Map();
  for (const word of words) times.set(word, (times.get(word) ?? 0) + 1);
  return [...times].map(([word, n]) => ({ symbols: [...word], times: n }));
}

const indexed = (tokens) => Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));

/** Bytes first, then what the merges make; merges as the older string or the newer pair. */
function learnByteLevel(corpus, preTokenizer, normalizer, { merges, asText }) {
  const cutter = Tokenizer.fromString(JSON.stringify(file({ addedTokens: [], normalizer, preTokenizer, decoder: null, model: { vocab: {}, merges: [] } })));
  const text = cutter.getNormalizer()?.normalizeString(corpus) ?? corpus;
  const words = cutter.getPreTokenizer().preTokenizeString(text).map(([word]) => word);
  const learnt = learnMerges(count(words), merges);
  const bytes = Object.values(alphabet());
  return { vocab: indexed([...bytes, ...learnt.map((m) => m.join(''))]), merges: asText ? learnt.map((m) => m.join(' ')) : learnt };
}

function alphabet() {
  const characters = [];
  for (let b = 0, next = 0x100; b < 256; b++) {
    const printable = (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
    characters.push(String.fromCodePoint(printable ? b : next++));
  }
  // GPT-2's order: printable ones first.
  return [...characters].sort((a, b) => a.codePointAt(0) - b.codePointAt(0));
}

/** Control tokens and bytes first, then what the merges make, then characters, as SentencePiece orders them; rare characters have none. */
function learnSpaceMarks(corpus, controls, merges) {
  const words = corpus.replaceAll(' ', '▁').split(/(?=▁)|(?<=\n)/u).map((word) => word.replaceAll('\n', '')).filter((word) => word.length > 0);
  const characters = new Map();
  for (const character of words.join('')) characters.set(character, (characters.get(character) ?? 0) + 1);
  const known = [...characters].filter(([, times]) => times > 2).map(([character]) => character);
  const learnt = learnMerges(count(words.filter((word) => [...word].every((c) => known.includes(c)))), merges);
  const bytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
  return { vocab: indexed([...controls, ...bytes, ...learnt.map((m) => m.join('')), ...known]), merges: learnt.map((m) => m.join(' ')) };
}

function gpt2(corpus) {
  const preTokenizer = byteLevel();
  const model = learnByteLevel(corpus, preTokenizer, null, { merges: 700, asText: true });
  const id = Object.keys(model.vocab).length;
  model.vocab['<|endoftext|>'] = id;
  return {
    json: file({
      addedTokens: [{ ...added(id, '<|endoftext|>'), normalized: true }], preTokenizer, postProcessor: byteLevel({ trim_offsets: false }), decoder: byteLevel({ add_prefix_space: true }),
      model: { ...model, continuing_subword_prefix: '', end_of_word_suffix: '' },
    }),
    config: { add_prefix_space: false, bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>', tokenizer_class: 'GPT2Tokenizer' },
  };
}

function llama3(corpus) {
  const preTokenizer = sequence(split(llama3Pattern), byteLevel({ use_regex: false }));
  const model = learnByteLevel(corpus, preTokenizer, null, { merges: 700, asText: true });
  // In the real file many words have no merges that make them: it comes from tiktoken's, and ignore_merges keeps such words whole.
  model.merges = model.merges.filter((_, i) => i < 400 || i % 3 !== 0);
  const tokens = Object.keys(model.vocab);
  const makes = new Set(model.merges.map((m) => m.replace(' ', '')));
  model.merges = model.merges.filter((m) => m.split(' ').every((part) => [...part].length === 1 || makes.has(part)));
  const controls = ['<|begin_of_text|>', '<|end_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'];
  const id = tokens.length;
  return {
    json: file({
      addedTokens: controls.map((content, i) => added(id + i, content)), preTokenizer,
      postProcessor: { type: 'Sequence', processors: [byteLevel({ add_prefix_space: true, trim_offsets: false }), template(controls[0], id)] },
      decoder: byteLevel({ add_prefix_space: true }), model: { ...model, ignore_merges: true },
    }),
    config: { bos_token: '<|begin_of_text|>', eos_token: '<|eot_id|>', tokenizer_class: 'PreTrainedTokenizerFast' },
  };
}

function qwen(corpus) {
  const preTokenizer = sequence(split(qwenPattern), byteLevel({ trim_offsets: false, use_regex: false }));
  const normalizer = { type: 'NFC' };
  const model = learnByteLevel(corpus, preTokenizer, normalizer, { merges: 700, asText: false });
  const id = Object.keys(model.vocab).length;
  const controls = [['<|endoftext|>', true], ['<|im_start|>', true], ['<|im_end|>', true], ['<tool_call>', false], ['</tool_call>', false], ['<think>', false], ['</think>', false]];
  const around = byteLevel({ trim_offsets: false, use_regex: false });
  return {
    json: file({
      addedTokens: controls.map(([content, special], i) => added(id + i, content, special)), normalizer, preTokenizer, postProcessor: around, decoder: around,
      model: { ...model, continuing_subword_prefix: '', end_of_word_suffix: '', ignore_merges: false },
    }),
    config: { add_bos_token: false, add_prefix_space: false, bos_token: null, eos_token: '<|im_end|>', pad_token: '<|endoftext|>', tokenizer_class: 'Qwen2Tokenizer' },
  };
}

function smollm2(corpus) {
  const preTokenizer = sequence({ type: 'Digits', individual_digits: true }, byteLevel());
  const model = learnByteLevel(corpus, preTokenizer, null, { merges: 700, asText: true });
  // Control tokens come first; bytes that UTF-8 never has are left out, as a vocabulary learnt from text may lack them.
  const never = new Set(['À', 'Á', 'õ', 'ö', '÷', 'ø', 'ù', 'ú', 'û', 'ü', 'ý', 'þ', 'ÿ']);
  const controls = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const vocab = indexed([...controls, ...Object.keys(model.vocab).filter((token) => !never.has(token))]);
  return {
    json: file({ addedTokens: controls.map((content, i) => added(i, content)), preTokenizer, decoder: byteLevel({ add_prefix_space: true }), model: { ...model, vocab } }),
    config: { add_prefix_space: false, bos_token: '<|im_start|>', eos_token: '<|im_end|>', pad_token: '<|im_end|>', unk_token: '<|endoftext|>', tokenizer_class: 'GPT2Tokenizer' },
  };
}

const spaceMarkDecoder = {
  type: 'Sequence',
  decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }],
};

function llama2(corpus) {
  const controls = ['<unk>', '<s>', '</s>'];
  return {
    json: file({
      addedTokens: controls.map((content, i) => added(i, content)),
      normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] },
      preTokenizer: null, postProcessor: template('<s>', 1), decoder: spaceMarkDecoder,
      model: { ...learnSpaceMarks(corpus, controls, 700), unk_token: '<unk>', fuse_unk: true, byte_fallback: true },
    }),
    config: { add_bos_token: true, add_eos_token: false, bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', pad_token: null, legacy: true, tokenizer_class: 'LlamaTokenizer' },
  };
}

function mistral(corpus) {
  const controls = ['<unk>', '<s>', '</s>', '[INST]', '[/INST]', '[TOOL_CALLS]'];
  return {
    json: file({
      addedTokens: controls.map((content, i) => added(i, content)),
      preTokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false }, postProcessor: template('<s>', 1), decoder: spaceMarkDecoder,
      model: { ...learnSpaceMarks(corpus, controls, 700), unk_token: '<unk>', fuse_unk: true, byte_fallback: true, ignore_merges: false },
    }),
    config: { add_bos_token: true, add_eos_token: false, bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', legacy: false, tokenizer_class: 'LlamaTokenizer' },
  };
}

/** tokenizer.json and tokenizer_config.json by family. */
export const families = (corpus) => ({
  gpt2: gpt2(corpus), llama2: llama2(corpus), llama3: llama3(corpus), mistral: mistral(corpus), qwen: qwen(corpus), smollm2: smollm2(corpus),
});
