#!/usr/bin/env python3
"""Likelihoods of the kinds of feedback and their gradients, computed by plain torch from the published formulas.

It shares no code with ChatLoop and needs only Debian's python3-torch (1.13 or later). Probabilities are enumerated over each kind's
choice set in the open form of the paper (no log-sum-exp tricks), in float64; gradients are torch's own.

  reward_reference.py > reward_likelihoods.json

Sources:
  Bradley and Terry 1952; Davidson 1970 (pairs with ties), JASA 65(329); Plackett 1975; Firth, Kosmidis and Turner 2019,
    arXiv:1909.07123 (Davidson-Luce); McCullagh 1980 (proportional odds); reward-rational choice: Jeon, Milli and Dragan 2020,
    arXiv:2002.04833; comments as soft thumbs of a reader that saw the words: Lopez-Paz et al. 2016, arXiv:1511.03643 (at temperature 1).
"""
import itertools
import json

import torch

torch.set_default_dtype(torch.float64)


def sigmoid(x):
    return 1 / (1 + torch.exp(-x))


def pair(r1, r2, nu, candour):
    """P(first), P(second), P(tie), P(both bad)."""
    worths = [torch.exp(r1), torch.exp(r2), nu * torch.sqrt(torch.exp(r1) * torch.exp(r2))]
    first, second, tie = [w / sum(worths) for w in worths]
    bad = candour * sigmoid(-r1) * sigmoid(-r2)
    return first, second, tie * (1 - bad), tie * bad


def ranking(scores, groups, nu):
    """P of an ordered partition: at each stage one of all non-empty sets of what remains."""
    remaining, probability = set(range(len(scores))), 1
    for group in groups:
        def worth(members):
            product = 1
            for m in members:
                product = product * torch.exp(scores[m])
            return nu ** (len(members) - 1) * product ** (1 / len(members))
        every = [c for size in range(1, len(remaining) + 1) for c in itertools.combinations(sorted(remaining), size)]
        probability = probability * worth(group) / sum(worth(c) for c in every)
        remaining -= set(group)
    return probability


def weak_orders(items):
    """All ordered partitions of the items."""
    if not items:
        return [[]]
    orders = []
    for size in range(1, len(items) + 1):
        for group in itertools.combinations(items, size):
            rest = [i for i in items if i not in group]
            orders += [[group] + order for order in weak_orders(rest)]
    return orders


def rating(score, star, cuts):
    below = 0 if star == 1 else sigmoid(cuts[star - 2] - score)
    upto = 1 if star == 5 else sigmoid(cuts[star - 1] - score)
    return upto - below


def comment(score, heads):
    """exp(-loss): the choice between the answer and the neutral alternative, by the mean of the reader's heads' probabilities."""
    praise = sum(sigmoid(h) for h in heads) / len(heads)
    options = [torch.exp(score), torch.tensor(1.0)]
    first, second = [o / sum(options) for o in options]
    return first ** praise * second ** (1 - praise)


def case(inputs, function):
    """Loss and its gradient by each input."""
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in inputs.items()}
    loss = -torch.log(function(**tensors))
    loss.backward()
    gradients = {k: (t.grad if t.grad is not None else torch.zeros_like(t)).tolist() for k, t in tensors.items()}
    return {"inputs": inputs, "loss": loss.item(), "gradients": gradients}


def groups_of(ranks):
    return [tuple(i for i, r in enumerate(ranks) if r == level) for level in sorted(set(ranks))]


def main():
    pairs = []
    for r1, r2, log_tie, candour in [(0.7, -0.4, 0.3, 0.25), (-1.5, -0.9, -1.2, 0.6), (2.0, 2.5, 0.0, 0.05)]:
        for outcome in range(4):
            made = case({"scores": [r1, r2], "logTie": log_tie},
                        lambda scores, logTie: pair(scores[0], scores[1], torch.exp(logTie), candour)[outcome])
            pairs.append({**made, "candour": candour, "outcome": outcome})

    rankings = []
    for scores, ranks, log_tie in [([2.0, 1.0, 0.5, -1.0], [1, 2, 3, 4], -0.5), ([0.3, 1.1, -0.2], [2, 1, 2], 0.2),
                                   ([0.3, -0.4, 0.9, 0.1], [1, 1, 2, 2], -1.0), ([0.5, 0.1, 0.2, 0.4], [1, 1, 1, 1], 0.4),
                                   ([1.0, -1.0], [2, 1], 0.7)]:
        made = case({"scores": scores, "logTie": log_tie},
                    lambda scores, logTie: ranking(scores, groups_of(ranks), torch.exp(logTie)))
        rankings.append({**made, "ranks": ranks})

    ratings = []
    cuts = [-1.7, -0.6, 0.4, 2.1]
    for score in [-2.0, 0.3, 1.9]:
        for star in range(1, 6):
            made = case({"score": score, "cutPoints": cuts}, lambda score, cutPoints: rating(score, star, cutPoints))
            ratings.append({**made, "stars": star})

    comments = []
    for score in [-1.2, 0.0, 2.3]:
        for heads in [[1.5], [0.4, -2.0, 3.1], [0.0, 0.0]]:
            made = case({"score": score}, lambda score: comment(score, [torch.tensor(h) for h in heads]))
            comments.append({**made, "heads": heads})

    for n in range(2, 5):
        scores = torch.tensor([0.3, -0.8, 1.2, 0.1][:n])
        orders = weak_orders(list(range(n)))
        total = sum(ranking(scores, order, torch.tensor(0.7)) for order in orders).item()
        assert abs(total - 1) < 1e-12 and len(orders) == {2: 3, 3: 13, 4: 75}[n], (n, total, len(orders))

    print(json.dumps({"pairs": pairs, "rankings": rankings, "ratings": ratings, "comments": comments}, indent=1))


main()
