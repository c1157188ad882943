#!/usr/bin/env python3
"""Worked examples of the learning algorithms, computed by plain torch in float64 from the published formulas.

It shares no code with ChatLoop and needs only Debian's python3-torch (1.13 or later). Gradients are torch's autograd's.

  learning_reference.py make FILE     writes the vectors (deterministic)
  learning_reference.py check FILE    computes them again from the inputs in the file; exit 1 when one differs

Sources:
  GAE: Schulman et al. 2016, arXiv:1506.02438, eq. 11 to 16, by the double sum and not by the recursion.
  Clipped ratio: Schulman et al. 2017, arXiv:1707.06347, eq. 7; clipped value: OpenAI baselines, ppo2.
  Whitening: Huang et al. 2023, "The N implementation details of RLHF with PPO", with the population's variance.
  Bradley-Terry: Bradley and Terry 1952; Christiano et al. 2017, arXiv:1706.03741, eq. 1; a tie is the label 0.5.
  DPO: Rafailov et al. 2023, arXiv:2305.18290, eq. 7; conservative DPO: Mitchell 2023, "A note on DPO with noisy preferences".
  IPO: Azar et al. 2023, arXiv:2310.12036, eq. 17, the mean over a soft label's outcomes.
  KTO: Ethayarajh et al. 2024, arXiv:2402.01306, eq. 7 and 8.
  RLOO: Ahmadian et al. 2024, arXiv:2402.14740, eq. 8; GRPO: Shao et al. 2024, arXiv:2402.03300; Dr. GRPO: Liu et al. 2025,
    arXiv:2503.20783. The epsilon of 1e-4 beside GRPO's deviation is TRL's.
  AdamW: torch.optim.AdamW and torch.nn.utils.clip_grad_norm_ themselves.
  Schedules: linear warm-up and decay as transformers.get_linear_schedule_with_warmup, the first step counted as one of warm-up + 1.
"""
import json
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def leaves(case, *names):
    return [torch.tensor(case[n], requires_grad=True) for n in names]


def finish(loss, **inputs):
    """The loss per entry and the gradient of its sum with respect to each input."""
    loss.sum().backward()
    return {"loss": loss.tolist(), **{f"gradient_{n}": x.grad.tolist() for n, x in inputs.items()}}


def margins(case):
    first, second = leaves(case, "policy_first", "policy_second")
    ratio1, ratio2 = first - torch.tensor(case["reference_first"]), second - torch.tensor(case["reference_second"])
    return first, second, ratio1, ratio2, torch.tensor(case["label"])


def dpo(case):
    first, second, ratio1, ratio2, label = margins(case)
    # The cross-entropy of a classifier whose logit is the difference of the implied rewards.
    loss = F.binary_cross_entropy_with_logits(case["beta"] * ratio1 - case["beta"] * ratio2, label, reduction="none")
    return finish(loss, first=first, second=second)


def ipo(case):
    first, second, ratio1, ratio2, label = margins(case)
    goal = torch.full_like(label, 0.5 / case["beta"])
    h = ratio1 - ratio2
    loss = label * F.mse_loss(h, goal, reduction="none") + (1 - label) * F.mse_loss(-h, goal, reduction="none")
    return finish(loss, first=first, second=second)


def kto(case):
    policy, = leaves(case, "policy")
    ratio = policy - torch.tensor(case["reference"])
    z0 = max(0.0, sum(case["mismatched"]) / len(case["mismatched"]))
    losses = []
    for r, liked in zip(ratio, case["desirable"]):
        if liked:
            losses.append(case["desirable_weight"] - case["desirable_weight"] / (1 + torch.exp(-case["beta"] * (r - z0))))
        else:
            losses.append(case["undesirable_weight"] - case["undesirable_weight"] / (1 + torch.exp(-case["beta"] * (z0 - r))))
    return {"z0": z0, **finish(torch.stack(losses), policy=policy)}


def rloo(case):
    r = case["rewards"]
    return {"advantages": [x - (sum(r[:i]) + sum(r[i + 1:])) / (len(r) - 1) for i, x in enumerate(r)]}


def grpo(case):
    r = torch.tensor(case["rewards"])
    centred = r - r.mean()
    return {
        "bessel": (centred / (r.std(unbiased=True) + 1e-4)).tolist(),
        "population": (centred / (r.std(unbiased=False) + 1e-4)).tolist(),
        "none": centred.tolist(),
    }


def whitening(case):
    x = torch.tensor(case["values"])
    white = F.batch_norm(x.unsqueeze(1), None, None, training=True, eps=1e-8).squeeze(1)
    return {"shifted": white.tolist(), "unshifted": (white + x.mean()).tolist()}


def gae(case):
    rewards, values = case["rewards"], case["values"] + [case["bootstrap"]]
    gamma, lam, n = case["gamma"], case["lambda"], len(case["rewards"])
    deltas = [rewards[t] + gamma * values[t + 1] - values[t] for t in range(n)]
    advantages = [sum((gamma * lam) ** l * deltas[t + l] for l in range(n - t)) for t in range(n)]
    return {"advantages": advantages, "returns": [a + v for a, v in zip(advantages, values)]}


def clipped_ratio(case):
    policy, = leaves(case, "policy")
    ratio = torch.exp(policy - torch.tensor(case["old"]))
    advantages = torch.tensor(case["advantages"])
    loss = -torch.minimum(ratio * advantages, ratio.clamp(1 - case["epsilon"], 1 + case["epsilon"]) * advantages)
    return {"ratio": ratio.tolist(), **finish(loss, policy=policy)}


def clipped_value(case):
    values, = leaves(case, "values")
    old, returns = torch.tensor(case["old"]), torch.tensor(case["returns"])
    near = old + (values - old).clamp(-case["clip"], case["clip"])
    loss = 0.5 * torch.maximum((values - returns) ** 2, (near - returns) ** 2)
    return finish(loss, values=values)


def bradley_terry(case):
    first, second = leaves(case, "first", "second")
    p = first.exp() / (first.exp() + second.exp())
    label = torch.tensor(case["label"])
    return finish(-(label * p.log() + (1 - label) * (1 - p).log()), first=first, second=second)


def adamw(case):
    theta = torch.nn.Parameter(torch.tensor(case["start"]))
    adam = torch.optim.AdamW(
        [theta], lr=case["rate"], betas=(case["beta1"], case["beta2"]), eps=case["epsilon"], weight_decay=case["decay"])
    path = []
    for gradient in case["gradients"]:
        theta.grad = torch.tensor(gradient)
        torch.nn.utils.clip_grad_norm_([theta], case["max_norm"])
        adam.step()
        path.append(theta.tolist())
    return {"path": path}


def schedule(case):
    warm, total, peak = case["warm_up"], case["total"], case["peak"]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (step + 1) / (warm + 1) if step < warm else max(0.0, (total - step) / (total - warm)))
    out = []
    for _ in range(total + 1):
        out.append(rates.get_last_lr()[0])
        optimizer.step()
        rates.step()
    return {"rates": out}


ALGORITHMS = {f.__name__: f for f in (
    dpo, ipo, kto, rloo, grpo, whitening, gae, clipped_ratio, clipped_value, bradley_terry, adamw, schedule)}


def inputs():
    """Every case's inputs: random numbers of a fixed seed, rounded so that the file is exact, and the corners by hand."""
    generator = torch.Generator().manual_seed(20260101)

    def normal(n, mean=0.0, deviation=1.0):
        return [round(mean + deviation * x, 3) for x in torch.randn(n, generator=generator).tolist()]

    def pairs(labels, beta):
        n = len(labels)
        return {"policy_first": normal(n, -12, 4), "policy_second": normal(n, -12, 4), "reference_first": normal(n, -12, 4),
                "reference_second": normal(n, -12, 4), "label": labels, "beta": beta}

    decided, soft = [1.0, 0.0, 1.0, 0.0, 1.0], [0.9, 0.1, 0.5, 0.75, 1.0]
    at_reference = {"policy_first": [-3.0], "policy_second": [-5.0], "reference_first": [-3.0], "reference_second": [-5.0],
                    "label": [1.0], "beta": 0.1}
    pair_cases = [pairs(decided, 0.1), pairs(decided, 0.5), pairs(soft, 0.1), pairs(soft, 1.0), pairs([0.5] * 3, 0.3), at_reference]
    cases = {"dpo": pair_cases, "ipo": pair_cases}
    cases["kto"] = [
        {"policy": normal(6, -12, 4), "reference": normal(6, -12, 4), "desirable": [1, 0, 1, 1, 0, 0], "mismatched": normal(4, mean, 0.5),
         "beta": beta, "desirable_weight": wd, "undesirable_weight": wu}
        for beta, mean, wd, wu in ((0.1, 0.4, 1.0, 1.0), (0.1, -2.0, 1.0, 1.0), (0.5, 1.0, 1.33, 1.0), (1.0, 0.2, 1.0, 2.5))]
    groups = [{"rewards": normal(n, mean, deviation)} for n, mean, deviation in ((2, 0, 1), (4, 1, 2), (8, -3, 0.1), (5, 100, 1))]
    cases["rloo"] = cases["grpo"] = groups + [{"rewards": [0.1] * 6}]
    cases["whitening"] = [{"values": normal(n, mean, deviation)} for n, mean, deviation in ((5, 0, 1), (12, 3, 0.2), (3, -50, 10))]
    cases["gae"] = [
        {"rewards": normal(n), "values": normal(n), "gamma": gamma, "lambda": lam, "bootstrap": bootstrap}
        for n, gamma, lam, bootstrap in ((1, 1.0, 0.95, 0.0), (6, 1.0, 0.95, 0.0), (7, 0.97, 0.8, 0.5), (5, 1.0, 0.0, 0.0), (5, 0.9, 1.0, -1.0))]
    cases["clipped_ratio"] = [
        {"policy": normal(8, -2, 0.3), "old": normal(8, -2, 0.3), "advantages": normal(8), "epsilon": epsilon} for epsilon in (0.1, 0.2, 0.4)]
    cases["clipped_value"] = [
        {"values": normal(8), "old": normal(8), "returns": normal(8), "clip": clip} for clip in (0.1, 0.2, 1.0)]
    cases["bradley_terry"] = [{"first": normal(5), "second": normal(5), "label": label} for label in (decided, soft, [0.5] * 5)]
    cases["adamw"] = [
        {"start": normal(3), "gradients": [normal(3, 0, scale) for _ in range(5)], "rate": 0.01, "beta1": 0.9, "beta2": beta2,
         "epsilon": epsilon, "decay": decay, "max_norm": max_norm}
        for scale, beta2, epsilon, decay, max_norm in ((1, 0.999, 1e-8, 0.0, 1e9), (1, 0.95, 1e-5, 0.1, 1e9), (0.001, 0.999, 1e-5, 0.01, 1e9), (3, 0.999, 1e-8, 0.1, 1.0))]
    cases["schedule"] = [{"peak": 3e-4, "total": total, "warm_up": warm} for total, warm in ((10, 0), (10, 3), (4, 1))]
    return cases


def work_out(cases):
    return {name: [{**case, **ALGORITHMS[name](case)} for case in cases[name]] for name in ALGORITHMS}


def difference(a, b):
    if isinstance(a, dict):
        return max((difference(a[k], b[k]) for k in a), default=0.0)
    if isinstance(a, list):
        return max((difference(x, y) for x, y in zip(a, b)), default=0.0) if len(a) == len(b) else float("inf")
    return abs(a - b)


def main(arguments):
    torch.set_num_threads(1)
    if len(arguments) == 2 and arguments[0] == "make":
        with open(arguments[1], "w") as f:
            cases = work_out(inputs())
            blocks = (f"  {json.dumps(n)}: [\n" + ",\n".join("    " + json.dumps(c) for c in cases[n]) + "\n  ]" for n in cases)
            f.write("{\n" + ",\n".join(blocks) + "\n}\n")
        return 0
    if len(arguments) == 2 and arguments[0] == "check":
        with open(arguments[1]) as f:
            found = json.load(f)
        wrong = [n for n, v in work_out(found).items() if not difference(v, found[n]) < 1e-9]
        print(f"{len(found)} algorithms; different: {', '.join(wrong) or 'none'}")
        return 1 if wrong else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
