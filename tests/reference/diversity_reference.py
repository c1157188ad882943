#!/usr/bin/env python3
"""Worked examples of the measures of how varied answers are, in plain Python from the published formulas.

It shares no code with ChatLoop and needs nothing beside the standard library.

  diversity_reference.py make FILE     writes the vectors (deterministic)
  diversity_reference.py check FILE    computes them again from the inputs in the file; exit 1 when one differs

Sources:
  BLEU: Papineni et al. 2002; the reference length is the nearest one, the shorter of two as near. Smoothing 1 of Chen and Cherry
    2014 with epsilon 0.1, as nltk's SmoothingFunction().method1: a precision without matches gets epsilon matches, but no match of
    single words is BLEU 0.
  Self-BLEU: Zhu et al. 2018, arXiv:1802.01886: the mean BLEU-4 of each answer against all others.
  seq-rep-n: Welleck et al. 2020, arXiv:1908.04319: 1 - |unique n-grams| / |n-grams|, averaged over the answers.
"""
import json
import math
import random
import sys


def grams(words, n):
    return [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]


def bleu(hypothesis, references):
    log_mean = 0.0
    for n in range(1, 5):
        own = grams(hypothesis, n)
        matches = sum(min(own.count(g), max(grams(r, n).count(g) for r in references)) for g in set(own))
        if matches == 0 and n == 1:
            return 0.0
        log_mean += math.log((matches or 0.1) / max(1, len(own))) / 4
    nearest = min((abs(len(r) - len(hypothesis)), len(r)) for r in references)[1]
    penalty = 1.0 if len(hypothesis) > nearest else math.exp(1 - nearest / len(hypothesis))
    return penalty * math.exp(log_mean)


def self_bleu(answers):
    return sum(bleu(a, answers[:i] + answers[i + 1:]) for i, a in enumerate(answers)) / len(answers)


def repetition(answers, n):
    shares = [1 - len(set(grams(a, n))) / len(grams(a, n)) if len(a) >= n else 0.0 for a in answers]
    return sum(shares) / len(shares)


def work_out(cases):
    return [{"answers": c["answers"], "self_bleu": self_bleu(c["answers"]), "repetition3": repetition(c["answers"], 3)} for c in cases]


def inputs():
    """Sentences of numbered words: few words and many, long and short, equal and repeating ones."""
    draw = random.Random(20260101)

    def sentences(count, words, shortest, longest):
        return [[draw.randrange(words) for _ in range(draw.randint(shortest, longest))] for _ in range(count)]

    loop = [[1, 2, 3] * k + [4] for k in range(1, 6)]
    return [{"answers": a} for a in (
        sentences(12, 5, 1, 9), sentences(20, 30, 4, 20), sentences(6, 400, 3, 8), [[1, 2, 3, 4, 5]] * 3, loop,
        [[1, 2], [1, 2, 3, 4, 5, 6], [7, 8, 9]], [[1], [2]], [[1, 2, 1, 2, 1, 2, 1, 2], [2, 1, 2, 1, 2], [3, 3, 3, 3]])]


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "make":
        with open(arguments[1], "w") as f:
            f.write("[\n" + ",\n".join("  " + json.dumps(c) for c in work_out(inputs())) + "\n]\n")
        return 0
    if len(arguments) == 2 and arguments[0] == "check":
        with open(arguments[1]) as f:
            found = json.load(f)
        wrong = [i for i, (a, b) in enumerate(zip(work_out(found), found))
                 if max(abs(a[k] - b[k]) for k in ("self_bleu", "repetition3")) > 1e-12]
        print(f"{len(found)} cases; different: {', '.join(map(str, wrong)) or 'none'}")
        return 1 if wrong else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
