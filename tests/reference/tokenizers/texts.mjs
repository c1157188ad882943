// Texts that tokenizers get wrong: scripts, emoji, combining marks, characters above U+FFFF, white space, digits, code, and what looks
// like a special token.

const parts = [
  'hello', ' world', 'Hello', "I'm", "don't", "WE'LL", " they've", "it'S", '\u2019s', "'\u017f", "'\u017ft", '\u017f', '\u212a', "'d", "'RE",
  'naïve', ' café', '\u00e9', 'e\u0301', 'a\u0300\u0323', 'q\u0307\u0323', '한국어', '\u1112\u1161\u11ab', '日本語', '中文字符', 'ไทย', 'हिन्दी',
  'العربية', 'עברית', 'Ελληνικά', 'Русский', 'ქართული', 'አማርኛ', 'தமிழ்', '𐐀𐐨', '𝔘𝔫𝔦', '𝟘𝟙𝟚', '𞤀𞤢', '𠀀𪛖', '🂡', '👩\u200d👩\u200d👧',
  '👍🏽', '🏳\ufe0f\u200d🌈', '🇩🇪', '😀', '☃', '\u200b', '\u200d', '\ufeff', '\u00a0', '\u3000', '\u2028', '\u0085', '\0', '\x01', '\x1f', '\x7f',
  '\t', '\n', '\r\n', '\n\n\n', '\r', '  ', '   ', '    ', ' ', '\t\t', ' \n', ' \n ', '123', '1234567', '12345678901234567890', '3.14159',
  '1,000,000', '٣٤٥', '²³', '½', 'Ⅷ', '①', '०१२', '$', '€100', 'C++', 'def f(x):\n    return x**2\n', 'for (int i=0;i<n;i++) {}',
  '<|im_end|>', '<|im_start|>', '<|endoftext|>', '<s>', '</s>', '<unk>', '<0x41>', '<0x0A>', '<|eot_id|>', '<|begin_of_text|>', '<|end|>',
  '[INST]', '[/INST]', '<<SYS>>', '<tool_call>', '</think>', '<|', '|>', '▁', '▁▁', 'Ġ', 'Ċ', 'http://example.com/a?b=c&d=%20', 'a_b',
  '__init__', '--', '...', '…', '“quoted”', "'", '"', '!!!', '?!', '@user', '#tag', 'ﬁ', 'ﬀ', '\u212b', 'İ', 'ß', 'ẞ', 'ǅ', '\u0378', '\ue000',
  '\u{f0000}', '\u{10ffff}', '\ufffd', '\ufffe', 'Lorem ipsum dolor sit amet, ', 'The quick brown fox jumps over the lazy dog. ',
  'antidisestablishmentarianism', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'human beings', ' freedom and rights', 'conscience',
];
const illFormed = ['\ud83d', 'a\ud83d', '\ude00b', ' \ude00\ud83d ', 'x\ud83d\ud83d\ude00y'];

/** Mulberry32: numbers in [0, 1) from a seed. */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The parts, then random texts of up to `length` pieces, `count` in all. */
export function texts(seed, count, length) {
  const next = random(seed);
  const below = (n) => Math.floor(next() * n);
  const pick = (list) => list[below(list.length)];
  const repeat = (times, make) => Array.from({ length: times }, make).join('');
  const codePoint = () => {
    const c = pick([0x80, 0x80, 0x800, 0x10000, 0x10000, 0x20000, 0x110000].map((limit) => below(limit)));
    return c >= 0xd800 && c < 0xe000 ? ' ' : String.fromCodePoint(c);
  };
  const word = () => repeat(1 + below(9), () => pick('etaoinshrdlucmfwygpbvkxqjz'));
  const kinds = [
    () => repeat(1 + below(length), () => pick(parts) + pick(['', '', '', ' '])),
    () => repeat(1 + below(length), () => pick(parts) + pick(['', '', '', ' '])),
    () => repeat(1 + below(2 * length), codePoint),
    () => Array.from({ length: 1 + below(2 * length) }, word).join(' '),
  ];
  const all = ['', ...parts, ...illFormed];
  while (all.length < count) all.push(pick(kinds)());
  return all;
}
