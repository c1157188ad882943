#!/usr/bin/env python3
"""Logits of the model families that ChatLoop loads, computed by plain torch from the published formulas.

It shares no code with ChatLoop and needs only Debian's python3-torch (1.13 or later): no transformers, no safetensors package.
All arithmetic is float64 on the stored numbers, so the vectors are exact to far beyond float32.

  transformers_reference.py make FOLDER           writes the tiny models and their vectors (deterministic)
  transformers_reference.py check FOLDER          computes all vectors again from the models; exit 1 when one differs
  transformers_reference.py logits MODEL TOKENS   prints the logits after each of the tokens (JSON; TOKENS is 1,2,3)
  transformers_reference.py large FOLDER          writes a Qwen2-shaped bfloat16 model of 1 GB, to measure loading

Sources:
  Llama: Touvron et al. 2023, arXiv:2302.13971; GQA: Ainslie et al. 2023, arXiv:2305.13245; RMSNorm: Zhang and Sennrich 2019,
    arXiv:1910.07467; SwiGLU: Shazeer 2020, arXiv:2002.05202; rotary embeddings: Su et al. 2021, arXiv:2104.09864, in the half-split
    layout of transformers/models/llama/modeling_llama.py (rotate_half).
  RoPE scaling: linear: Chen et al. 2023, arXiv:2306.15595; yarn: Peng et al. 2023, arXiv:2309.00071, sections 3.2 to 3.4; llama3 and the
    details of yarn (truncated ramp, attention factor): transformers/modeling_rope_utils.py.
  Mistral: Jiang et al. 2023, arXiv:2310.06825: a token sees itself and the window - 1 tokens before it (masking_utils.py).
  Qwen2: arXiv:2407.10671 (biases on q, k, v; window from layer max_window_layers on); Qwen3: arXiv:2505.09388 (RMSNorm on each head of q
    and k before the rotation).
  GPT-2: Radford et al. 2019; modeling_gpt2.py: Conv1D stores [in, out]; gelu_new is the tanh form of Hendrycks and Gimpel 2016,
    arXiv:1606.08415.
  safetensors: https://github.com/huggingface/safetensors#format
"""
import json
import math
import os
import struct
import sys

import torch

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "U8": torch.uint8}
NAMES = {v: k for k, v in TYPES.items()}
STEPS = 64  # of the greedy continuation


# --- safetensors ------------------------------------------------------------------------------------------------------------------

def read_safetensors(path):
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length))
        data = f.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=TYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    header, parts, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        raw = bytes(tensor.contiguous().view(-1).view(torch.uint8).numpy()) if tensor.numel() else b""
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + len(raw)]}
        parts.append(raw)
        offset += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for raw in parts:
            f.write(raw)


def read_folder(folder):
    with open(os.path.join(folder, "config.json")) as f:
        config = json.load(f)
    tensors = {}
    for file in sorted(os.listdir(folder)):
        if file.endswith(".safetensors"):
            tensors.update(read_safetensors(os.path.join(folder, file)))
    prefix = "transformer." if config["model_type"] == "gpt2" else "model."
    return config, {n if n.startswith((prefix, "lm_head.")) else prefix + n: t.double() for n, t in tensors.items()}


# --- the models -------------------------------------------------------------------------------------------------------------------

def rms_norm(x, weight, eps):
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps) * weight


def layer_norm(x, weight, bias, eps):
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred * centred).mean(-1, keepdim=True) + eps) * weight + bias


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def rope_frequencies(config, size):
    """Inverse frequencies [size / 2] and the factor of cosine and sine."""
    theta = config.get("rope_theta", 10000.0)
    plain = [theta ** (-2 * i / size) for i in range(size // 2)]
    scaling = config.get("rope_scaling") or {}
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind == "default":
        return plain, 1.0
    factor = scaling["factor"]
    if kind == "linear":
        return [f / factor for f in plain], 1.0
    original = scaling["original_max_position_embeddings"]
    if kind == "llama3":
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        scaled = []
        for f in plain:
            wavelength = 2 * math.pi / f
            if wavelength < original / high:
                scaled.append(f)
            elif wavelength > original / low:
                scaled.append(f / factor)
            else:
                smooth = (original / wavelength - low) / (high - low)
                scaled.append((1 - smooth) * f / factor + smooth * f)
        return scaled, 1.0
    if kind == "yarn":
        def dimension(rotations):
            return size * math.log(original / (rotations * 2 * math.pi)) / (2 * math.log(theta))
        low = max(math.floor(dimension(scaling.get("beta_fast") or 32)), 0)
        high = min(math.ceil(dimension(scaling.get("beta_slow") or 1)), size - 1)
        high += 0.001 if low == high else 0
        scaled = []
        for i, f in enumerate(plain):
            ramp = min(max((i - low) / (high - low), 0), 1)
            scaled.append(f / factor * ramp + f * (1 - ramp))
        return scaled, scaling.get("attention_factor") or 0.1 * math.log(factor) + 1
    raise ValueError(kind)


def rotate(x, cos, sin):
    """x [T, heads, E] by cos, sin [T, E]."""
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cos[:, None, :] + turned * sin[:, None, :]


def attend(q, k, v, window):
    """q [T, H, E], k and v [T, G, E] -> [T, H * E], one head at a time."""
    length, heads, size = q.shape
    groups = k.shape[1]
    token, key = torch.arange(length)[:, None], torch.arange(length)[None, :]
    hidden = key > token
    if window is not None:
        hidden = hidden | (key <= token - window)
    outputs = []
    for h in range(heads):
        g = h // (heads // groups)
        scores = q[:, h] @ k[:, g].T / math.sqrt(size)
        outputs.append(torch.softmax(scores.masked_fill(hidden, float("-inf")), -1) @ v[:, g])
    return torch.cat(outputs, -1)


def layer_window(config, layer):
    kind = config["model_type"]
    if kind == "mistral":
        return config.get("sliding_window")
    if kind in ("qwen2", "qwen3") and config.get("use_sliding_window"):
        types = config.get("layer_types")
        sliding = types[layer] == "sliding_attention" if types else layer >= config["max_window_layers"]
        return config["sliding_window"] if sliding else None
    return None


def llama_logits(config, w, tokens):
    heads, groups = config["num_attention_heads"], config.get("num_key_value_heads", config["num_attention_heads"])
    size = config.get("head_dim") or config["hidden_size"] // heads
    eps = config["rms_norm_eps"]
    frequencies, factor = rope_frequencies(config, size)
    angles = torch.arange(len(tokens)).double()[:, None] * torch.tensor(frequencies).double()[None, :]
    cos, sin = (torch.cat((f(angles), f(angles)), -1) * factor for f in (torch.cos, torch.sin))

    def linear(x, name):
        y = x @ w[name + ".weight"].T
        return y + w[name + ".bias"] if name + ".bias" in w else y

    x = w["model.embed_tokens.weight"][tokens]
    for i in range(config["num_hidden_layers"]):
        layer = f"model.layers.{i}."
        y = rms_norm(x, w[layer + "input_layernorm.weight"], eps)
        q, k, v = (linear(y, layer + f"self_attn.{n}_proj").view(len(tokens), -1, size) for n in "qkv")
        if config["model_type"] == "qwen3":
            q = rms_norm(q, w[layer + "self_attn.q_norm.weight"], eps)
            k = rms_norm(k, w[layer + "self_attn.k_norm.weight"], eps)
        x = x + linear(attend(rotate(q, cos, sin), rotate(k, cos, sin), v, layer_window(config, i)), layer + "self_attn.o_proj")
        y = rms_norm(x, w[layer + "post_attention_layernorm.weight"], eps)
        gate = linear(y, layer + "mlp.gate_proj")
        x = x + linear(gate * torch.sigmoid(gate) * linear(y, layer + "mlp.up_proj"), layer + "mlp.down_proj")
    x = rms_norm(x, w["model.norm.weight"], eps)
    tied = config.get("tie_word_embeddings", False)
    return x @ w["model.embed_tokens.weight" if tied else "lm_head.weight"].T


def gpt2_logits(config, w, tokens):
    heads, eps = config["n_head"], config["layer_norm_epsilon"]

    def conv1d(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    def norm(x, name):
        return layer_norm(x, w[name + ".weight"], w[name + ".bias"], eps)

    x = w["transformer.wte.weight"][tokens] + w["transformer.wpe.weight"][: len(tokens)]
    for i in range(config["n_layer"]):
        layer = f"transformer.h.{i}."
        q, k, v = conv1d(norm(x, layer + "ln_1"), layer + "attn.c_attn").split(config["n_embd"], -1)
        q, k, v = (t.reshape(len(tokens), heads, -1) for t in (q, k, v))
        x = x + conv1d(attend(q, k, v, None), layer + "attn.c_proj")
        x = x + conv1d(gelu_new(conv1d(norm(x, layer + "ln_2"), layer + "mlp.c_fc")), layer + "mlp.c_proj")
    tied = config.get("tie_word_embeddings", True)
    return norm(x, "transformer.ln_f") @ w["transformer.wte.weight" if tied else "lm_head.weight"].T


def logits(config, weights, tokens):
    return (gpt2_logits if config["model_type"] == "gpt2" else llama_logits)(config, weights, tokens)


def greedy(config, weights, prompt):
    """The continuation, and the smallest lead of a chosen token over the next best."""
    tokens, margin = list(prompt), float("inf")
    for _ in range(STEPS):
        best = logits(config, weights, tokens)[-1].topk(2)
        margin = min(margin, (best.values[0] - best.values[1]).item())
        tokens.append(best.indices[0].item())
    return tokens[len(prompt):], margin


# --- the tiny models --------------------------------------------------------------------------------------------------------------

LLAMA = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "vocab_size": 96, "hidden_size": 32,
         "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "rope_scaling": None,
         "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": "float32"}
MISTRAL = {**LLAMA, "architectures": ["MistralForCausalLM"], "model_type": "mistral", "sliding_window": 8, "head_dim": 12}
QWEN2 = {**LLAMA, "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "rope_theta": 1000000.0, "rms_norm_eps": 1e-6,
         "use_sliding_window": False, "sliding_window": 131072, "max_window_layers": 2, "tie_word_embeddings": True}
QWEN3 = {**QWEN2, "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "head_dim": 16, "attention_bias": False}
GPT2 = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu_new", "vocab_size": 96, "n_embd": 32,
        "n_layer": 2, "n_head": 4, "n_positions": 128, "n_ctx": 128, "layer_norm_epsilon": 1e-5, "bos_token_id": 95, "eos_token_id": 95}

# Name: config, element type, prefix kept, shards.
VARIANTS = {
    "llama2": ({**LLAMA, "num_key_value_heads": 4}, "F32", True, 1),
    "llama3": ({**LLAMA, "rope_theta": 500000.0, "eos_token_id": [2, 3, 5], "rope_scaling": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32}}, "F32", True, 1),
    "llama-linear": ({**LLAMA, "rope_scaling": {"type": "linear", "factor": 2.5}, "attention_bias": True, "mlp_bias": True}, "F32", True, 1),
    "llama-yarn": ({**LLAMA, "rope_scaling": {
        "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}}, "F32", True, 1),
    "llama-sharded": (LLAMA, "BF16", True, 2),
    "smollm2": ({**LLAMA, "tie_word_embeddings": True, "num_attention_heads": 8, "rope_theta": 100000.0}, "F32", True, 1),
    "mistral": (MISTRAL, "F32", True, 1),
    "mistral-f16": ({**MISTRAL, "sliding_window": None}, "F16", True, 1),
    "qwen2": (QWEN2, "F32", True, 1),
    "qwen2-window": ({**QWEN2, "use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1, "tie_word_embeddings": False},
                     "F32", False, 1),
    "qwen2-yarn": ({**QWEN2, "rope_scaling": {"type": "yarn", "factor": 2.0, "original_max_position_embeddings": 64,
                                              "attention_factor": 1.3, "beta_fast": 16, "beta_slow": 2}}, "BF16", True, 1),
    "qwen3": (QWEN3, "F32", True, 1),
    "gpt2": (GPT2, "F32", False, 1),
    "gpt2-f16": ({**GPT2, "n_inner": 48}, "F16", True, 1),
}


def shapes(config):
    if config["model_type"] == "gpt2":
        d, f = config["n_embd"], config.get("n_inner") or 4 * config["n_embd"]
        yield "transformer.wte.weight", (config["vocab_size"], d)
        yield "transformer.wpe.weight", (config["n_positions"], d)
        for i in range(config["n_layer"]):
            layer = f"transformer.h.{i}."
            for name, shape in (("ln_1", (d,)), ("attn.c_attn", (d, 3 * d)), ("attn.c_proj", (d, d)), ("ln_2", (d,)),
                                ("mlp.c_fc", (d, f)), ("mlp.c_proj", (f, d))):
                yield layer + name + ".weight", shape
                yield layer + name + ".bias", shape[-1:]
        yield "transformer.ln_f.weight", (d,)
        yield "transformer.ln_f.bias", (d,)
        return
    d, f, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    size = config.get("head_dim") or d // heads
    q, kv = heads * size, config["num_key_value_heads"] * size
    yield "model.embed_tokens.weight", (config["vocab_size"], d)
    for i in range(config["num_hidden_layers"]):
        layer = f"model.layers.{i}."
        yield layer + "input_layernorm.weight", (d,)
        for name, shape in (("q", (q, d)), ("k", (kv, d)), ("v", (kv, d)), ("o", (d, q))):
            yield layer + f"self_attn.{name}_proj.weight", shape
            if config.get("attention_bias") or config["model_type"] == "qwen2" and name != "o":
                yield layer + f"self_attn.{name}_proj.bias", shape[:1]
        if config["model_type"] == "qwen3":
            yield layer + "self_attn.q_norm.weight", (size,)
            yield layer + "self_attn.k_norm.weight", (size,)
        yield layer + "post_attention_layernorm.weight", (d,)
        for name, shape in (("gate", (f, d)), ("up", (f, d)), ("down", (d, f))):
            yield layer + f"mlp.{name}_proj.weight", shape
            if config.get("mlp_bias"):
                yield layer + f"mlp.{name}_proj.bias", shape[:1]
    yield "model.norm.weight", (d,)
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", (config["vocab_size"], d)


def random_weights(config, dtype, seed):
    """Large enough that every part matters to the logits and that a chosen token leads clearly."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in shapes(config):
        noise = torch.randn(*shape, generator=generator)
        if name.endswith(".bias"):
            weights[name] = 0.3 * noise
        elif len(shape) == 1:
            weights[name] = 1 + 0.2 * noise
        elif "wte" in name or "wpe" in name or "embed" in name or "lm_head" in name:
            weights[name] = 0.7 * noise
        else:
            fan_in = shape[0] if config["model_type"] == "gpt2" else shape[1]
            weights[name] = 1.5 / math.sqrt(fan_in) * noise
        weights[name] = weights[name].to(dtype)
    return weights


def prompts(config, seed):
    generator = torch.Generator().manual_seed(1000 + seed)
    return [torch.randint(0, config["vocab_size"], (n,), generator=generator).tolist() for n in (3, 11, 20)]


def make(folder):
    for name, (config, kind, prefixed, shards) in VARIANTS.items():
        config = {**config, "torch_dtype": {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[kind]}
        for seed in range(1000):
            stored = random_weights(config, TYPES[kind], seed)
            wide = {n: t.double() for n, t in stored.items()}
            vectors, varied, least = [], True, float("inf")
            for prompt in prompts(config, seed):
                continuation, margin = greedy(config, wide, prompt)
                least, varied = min(least, margin), varied and len(set(continuation)) >= 8
                vectors.append({"prompt": prompt, "logits": [[round(x, 7) for x in row] for row in logits(config, wide, prompt).tolist()],
                                "continuation": continuation})
            # Float noise of a float32 pass is about 1e-5; a lead of 100 times that decides nothing by chance.
            if varied and least > 2e-3:
                break
        else:
            raise SystemExit(f"{name}: no seed gives clear choices")
        target = os.path.join(folder, name)
        os.makedirs(target, exist_ok=True)
        with open(os.path.join(target, "config.json"), "w") as f:
            json.dump(config, f, indent=2)
            f.write("\n")
        with open(os.path.join(target, "vectors.json"), "w") as f:
            json.dump({"seed": seed, "margin": least, "vectors": vectors}, f)
            f.write("\n")
        if isinstance(config["eos_token_id"], list):
            with open(os.path.join(target, "generation_config.json"), "w") as f:
                json.dump({"bos_token_id": 1, "eos_token_id": config["eos_token_id"], "do_sample": True, "temperature": 0.6, "top_p": 0.9}, f, indent=2)
                f.write("\n")
        save(target, config, stored, prefixed, shards)
        print(f"{name}: seed {seed}, smallest lead {least:.4f}")


def save(target, config, stored, prefixed, shards):
    if not prefixed:
        stored = {n.split(".", 1)[1] if n.split(".", 1)[0] in ("model", "transformer") else n: t for n, t in stored.items()}
        if config["model_type"] == "gpt2":
            # The published gpt2 has its causal masks among the weights.
            for i in range(config["n_layer"]):
                stored[f"h.{i}.attn.bias"] = torch.tril(torch.ones(1, 1, 8, 8)).to(torch.uint8)
    if shards == 1:
        return write_safetensors(os.path.join(target, "model.safetensors"), stored)
    names, weight_map = list(stored), {}
    for s in range(shards):
        file = f"model-{s + 1:05d}-of-{shards:05d}.safetensors"
        part = names[s * len(names) // shards:(s + 1) * len(names) // shards]
        write_safetensors(os.path.join(target, file), {n: stored[n] for n in part})
        weight_map.update({n: file for n in part})
    with open(os.path.join(target, "model.safetensors.index.json"), "w") as f:
        json.dump({"metadata": {"total_size": sum(t.numel() * t.element_size() for t in stored.values())}, "weight_map": weight_map}, f, indent=2)
        f.write("\n")


def check(folder):
    wrong = 0
    for name in sorted(VARIANTS):
        config, weights = read_folder(os.path.join(folder, name))
        with open(os.path.join(folder, name, "vectors.json")) as f:
            vectors = json.load(f)["vectors"]
        for vector in vectors:
            error = (logits(config, weights, vector["prompt"]) - torch.tensor(vector["logits"]).double()).abs().max().item()
            same = greedy(config, weights, vector["prompt"])[0] == vector["continuation"]
            if error > 1e-6 or not same:
                wrong += 1
                print(f"{name}: logits differ by {error:.2e}, continuation {'same' if same else 'differs'}")
    print(f"{len(VARIANTS)} models, {wrong} vectors differ")
    return 1 if wrong else 0


def large(folder):
    config = {**QWEN2, "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
              "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 32768, "torch_dtype": "bfloat16"}
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump(config, f, indent=2)
    write_safetensors(os.path.join(folder, "model.safetensors"), {n: (0.02 * torch.randn(*s)).to(torch.bfloat16) for n, s in shapes(config)})


def main(arguments):
    torch.set_num_threads(1)
    if len(arguments) == 2 and arguments[0] == "make":
        return make(arguments[1])
    if len(arguments) == 2 and arguments[0] == "check":
        return check(arguments[1])
    if len(arguments) == 2 and arguments[0] == "large":
        return large(arguments[1])
    if len(arguments) == 3 and arguments[0] == "logits":
        config, weights = read_folder(arguments[1])
        print(json.dumps(logits(config, weights, [int(t) for t in arguments[2].split(",")]).tolist()))
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
