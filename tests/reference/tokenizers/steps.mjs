// Small byte-level and SentencePiece tokenizers, each with one step that the families' own files do not use.

function alphabet() {
  const characters = [];
  for (let b = 0, next = 0x100; b < 256; b++) {
    const printable = (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
    characters.push(String.fromCodePoint(printable ? b : next++));
  }
  return characters;
}

const vocabulary = (tokens) => Object.fromEntries(tokens.map((token, id) => [token, id]));

const added = (id, content, options = {}) =>
  ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...options });

const bpe = (tokens, merges, options = {}) => ({
  type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
  fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab: vocabulary(tokens), merges, ...options,
});

const byteLevel = (options = {}) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false, ...options });
const split = (pattern, behavior, invert = false) => ({ type: 'Split', pattern, behavior, invert });
const sequence = (...pretokenizers) => ({ type: 'Sequence', pretokenizers });

const byteMerges = [['h', 'e'], ['l', 'l'], ['he', 'll'], ['-', '-'], ['o', '-'], ['-', 'h'], ['1', '2'], ['Ã', '©'], ['Ġ', 'h'], ['Ġ', 'Ġ']];

function overBytes(preTokenizer, extra = {}) {
  const tokens = [...alphabet(), ...byteMerges.map((m) => m.join(''))];
  return {
    version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: preTokenizer,
    post_processor: byteLevel(), decoder: byteLevel(), model: bpe(tokens, byteMerges), ...extra,
  };
}

const spaceMerges = [['▁', 'h'], ['▁h', 'e'], ['l', 'l'], ['▁he', 'll'], ['▁', '▁'], ['a', 'aa'], ['a', 'a']];
const sequenceDecoder = {
  type: 'Sequence',
  decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }],
};
const letters = [...'▁abcdefghijklmnopqrstuvwxyz<>/1'];

function overSpaceMarks({ normalizer = null, preTokenizer = null, model = {}, tokens = [], addedTokens }) {
  return {
    version: '1.0', truncation: null, padding: null, added_tokens: addedTokens ?? [added(0, '<unk>'), added(1, '<s>')],
    normalizer, pre_tokenizer: preTokenizer, post_processor: null,
    decoder: preTokenizer === null ? sequenceDecoder : { ...preTokenizer },
    model: bpe(['<unk>', '<s>', ...letters, '▁h', '▁he', 'll', '▁hell', '▁▁', 'aa', 'aaa', ...tokens], spaceMerges, { unk_token: '<unk>', ...model }),
  };
}

const dashes = ['hello--hello', '--hello-', '-', 'o-h-e', 'a', '', '---', 'hello é--12', ' -- hell -'];
const spaces = ['hello', ' hello', '  hello  hell', 'hello hello', '', ' ', '▁hello', 'x hello', 'aaaa aaa', 'h<s>hell', '<s>hello', '<s> hello <s>hello', 'hell <s>'];
const unknown = ['Hello', 'aXYb', 'XY', 'a X Y b', 'hellÉÉo', '😀a😀😀', 'X', ' X'];

const metaspace = (scheme, splits) => ({ type: 'Metaspace', replacement: '▁', prepend_scheme: scheme, split: splits });
const replaceSpace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
const prepend = { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, replaceSpace] };

const marked = [
  added(266, '<mask>', { lstrip: true }), added(258, 'hell', { single_word: true, special: false }), added(267, '<r>', { rstrip: true }),
  added(268, '<both>', { lstrip: true, rstrip: true }), added(269, '<b'), added(270, '<bo'), added(271, 'xé', { normalized: true, special: false }),
];
const around = [
  'a <mask> b', 'a  <mask>', '<mask>b', 'hell hello', 'hello hell', 'shell hell', 'hell', 'hell-hell', '_hell hell_', 'éhell hellé', 'a <r>  b', '<r>\n\tb',
  'a <both> <both> b', ' <both> <mask> ', '<b', '<bo', '<both', '<bot', 'a<bothh>', 'xé', 'axéb', 'xe\u0301 xé', '<r> <r>  hell', '𐐀hell', 'hell😀', '²hell',
];

// Marks and letters that are newer than the tables of Hugging Face's library, with older ones around them.
const newer = [
  'a\u0345\u08d3\u0334', 'a\u0898\u0323', 'a\u1ac5\u0327e\u0301', 'e\u1aeb\u0301', '\u1df6\u0327', '\u1715\u0334', 'a\u{10efd}\u0323\u0301', '\u{11935}\u{11930}',
  '\u{11938}', '\u{105d2}\u0307', '\u{105c9}', '\u{113c2}\u{113b8}', '\u{1611e}\u{16129}', '\u{16d63}\u{16d67}', 'a\u0301\u{1e4ec}\u0323', '\u{1e6f5}\u0334\u0327',
  'e\u0301\u0327\u{1133b}e\u0301\u0327', 'a\u08e4\u0323', '\u1112\u1161\u{11f42}\u11ab',
];

/** Name, tokenizer.json, texts. */
export function* steps() {
  for (const behavior of ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'])
    for (const invert of [false, true])
      yield [`split ${behavior}${invert ? ' inverted' : ''}`, overBytes(sequence(split({ String: '-' }, behavior, invert), byteLevel())), dashes];
  yield ['split by a pattern', overBytes(sequence(split({ Regex: '-+|\\p{N}' }, 'Removed'), byteLevel())), [...dashes, '1-2𝟘3', '١']];
  yield ['two splits', overBytes(sequence(split({ Regex: '-+' }, 'Isolated'), split({ Regex: '[a-h]+' }, 'MergedWithNext'), byteLevel({ use_regex: true }))), dashes];
  for (const individual of [false, true])
    yield [`digits ${individual}`, overBytes(sequence({ type: 'Digits', individual_digits: individual }, byteLevel({ use_regex: true }))),
      ['12', 'a12b', '1 2', '𝟘𝟙12', '²12', 'Ⅷ', '½12', '٣١2', ' 12', '12 12']];
  yield ['prefix space', overBytes(byteLevel({ add_prefix_space: true, use_regex: true })), ['hello', ' hello', 'hello hello', '', ' ', '\nhello', 'he-he']];
  yield ['prefix space without words', overBytes(byteLevel({ add_prefix_space: true })), ['hello', ' hello', 'hello hello', '', ' ', 'he-he']];
  yield ['added tokens', overBytes(byteLevel({ use_regex: true }), { added_tokens: marked, normalizer: { type: 'NFC' } }), around];
  for (const type of ['NFC', 'NFD']) yield [`${type} of newer marks`, overBytes(byteLevel(), { normalizer: { type } }), newer];
  yield ['added tokens after normalisation', overBytes(byteLevel({ use_regex: true }),
    { added_tokens: marked.map((token) => ({ ...token, normalized: true })), normalizer: { type: 'NFD' } }), around];
  yield ['bytes that no token has', overBytes(byteLevel(), { model: bpe([...alphabet().filter((c) => c !== 'Ã' && c !== 'ð'), 'he', 'll', 'hell'], byteMerges.slice(0, 3)) }),
    ['hello', 'hé', 'é', 'heéll', '😀', 'he😀ll']];
  for (const scheme of ['always', 'first', 'never'])
    for (const splits of [true, false])
      yield [`metaspace ${scheme} ${splits}`, overSpaceMarks({ preTokenizer: metaspace(scheme, splits) }), [...spaces, ...unknown]];
  yield ['metaspace of older files', overSpaceMarks({ preTokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true } }), spaces];
  yield ['unknown fused', overSpaceMarks({ normalizer: prepend, model: { fuse_unk: true } }), unknown];
  yield ['unknown apart', overSpaceMarks({ normalizer: prepend }), unknown];
  yield ['byte fallback without all bytes', overSpaceMarks({ normalizer: prepend, model: { byte_fallback: true }, tokens: ['<0x58>'] }), unknown];
  yield ['special tokens after normalisation', overSpaceMarks({ normalizer: prepend, addedTokens: [added(0, '<unk>', { normalized: true }), added(1, '<s>', { normalized: true })] }), spaces];
  yield ['special tokens strip', overSpaceMarks({ normalizer: prepend, addedTokens: [added(0, '<unk>'), added(1, '<s>', { lstrip: true, rstrip: true })] }), spaces];
  yield ['whole words', overBytes(byteLevel({ use_regex: true }), {
    model: bpe([...alphabet(), 'he', 'll', 'hell', 'Ġword', 'hello', 'Ã©Ã©'], byteMerges.slice(0, 3), { ignore_merges: true }) }),
    ['hello', 'hell', 'a word', 'word', 'éé', 'hello word']];
}
