"""A small SentencePiece BPE model with Llama 2's settings, and vectors of it by the SentencePiece library itself.

    /usr/bin/python3 sentencepiece_reference.py ../../Model.Tests/Tokenizers/Families      (Debian: python3-sentencepiece)

Texts are those of llama2/vectors.jsonl, which tokenizers_reference.mjs writes, and repeated syllables, in which merges overlap. A vector is
one line of JSON: t the text, m its ids, d the text of these. SentencePiece finds no control token in text, so these are the ids of
people's text.
"""
import json
import pathlib
import random
import sys

import sentencepiece

here = pathlib.Path(__file__).parent
families = pathlib.Path(sys.argv[1])
folder = families / "sentencepiece"
folder.mkdir(parents=True, exist_ok=True)

sentencepiece.SentencePieceTrainer.train(
    input=str(here / "corpus.txt"), model_prefix=str(folder / "tokenizer"), model_type="bpe", vocab_size=1000, byte_fallback=True,
    normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True,
    character_coverage=0.98, num_threads=1)
(folder / "tokenizer.vocab").unlink()
processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))

texts = [vector["t"] for vector in map(json.loads, (families / "llama2/vectors.jsonl").open()) if "t" in vector]
generator = random.Random(1)
for _ in range(100):
    syllables = generator.choice(["ab", " a", "▁", "e ", "01", "he", "an"])
    texts.append("".join(generator.choice(syllables) for _ in range(generator.randint(1, 24))))

with (folder / "vectors.jsonl").open("w") as out:
    for text in texts:
        ids = processor.encode(text)
        out.write(json.dumps({"t": text, "m": ids, "d": processor.decode(ids)}, ensure_ascii=False) + "\n")
