#!/usr/bin/env python3
"""Real chat templates rendered by jinja2, set up as Hugging Face's transformers sets it up.

usage: chat_template_reference.py FOLDER > chat_templates.json
FOLDER holds NAME.jinja files. Needs Debian's python3-jinja2.
"""
import json
import sys
from datetime import datetime
from pathlib import Path

from transformers_jinja import environment

NOW = datetime(2026, 3, 5, 7, 8, 9)
TOOLS = {
    "weather": [
        {"type": "function", "function": {
            "name": "weather", "description": "The weather of a city, in \u00b0C & \"words\".",
            "parameters": {"type": "object", "required": ["city"], "properties": {
                "city": {"type": "string", "description": "The city's name"},
                "days": {"type": "integer", "description": "How far ahead", "default": 1, "enum": [1, 2, 7]}}}}},
        {"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}},
    ],
}
TOKENS = {  # bos, eos of the models
    "llama-2": ("<s>", "</s>"), "llama-": ("<|begin_of_text|>", "<|eot_id|>"), "mi": ("<s>", "</s>"), "devstral": ("<s>", "</s>"),
    "tinyllama": ("<s>", "</s>"), "gemma": ("<bos>", "<eos>"), "phi-3": ("<s>", "<|endoftext|>"), "phi-4": ("<|endoftext|>", "<|im_end|>"),
    "hermes": ("<|begin_of_text|>", "<|im_end|>"), "deepseek": ("<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cend\u2581of\u2581sentence\uff5c>"),
    "command": ("<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>"), "": ("<|endoftext|>", "<|im_end|>"),
}


def outcome(template, variables):
    try:
        return {"output": environment(NOW).from_string(template).render(**variables)}
    except Exception as error:
        return {"raised": str(error)} if type(error).__name__ == "TemplateError" else {"error": f"{type(error).__name__}: {error}"}


def main():
    cases = json.loads((Path(__file__).parent / "chat_template_cases.json").read_text(encoding="utf-8"))
    vectors = {"now": NOW.isoformat(), "cases": [], "templates": {}}
    for case in cases:
        vectors["cases"].append({"name": case["name"], "data": {
            "messages": case["messages"], "tools": TOOLS.get(case.get("tools")), "documents": None,
            "add_generation_prompt": case["add_generation_prompt"], **case.get("variables", {})}})
    for path in sorted(Path(sys.argv[1]).glob("*.jinja")):
        source = path.read_bytes().decode("utf-8")
        bos, eos = next(tokens for prefix, tokens in TOKENS.items() if path.stem.startswith(prefix))
        tokens = {"bos_token": bos, "eos_token": eos}
        vectors["templates"][path.stem] = {**tokens, "outcomes": [outcome(source, {**case["data"], **tokens}) for case in vectors["cases"]]}
    json.dump(vectors, sys.stdout, ensure_ascii=True, indent=1)
    print()


if __name__ == "__main__":
    main()
