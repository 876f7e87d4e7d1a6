#!/bin/sh
# Every design, trained for the same minutes on the same photographs, then measured side by side; and ours with other
# objectives, without pretrained weights and on one category alone. What is there already is not trained again. All
# paths are absolute.
set -eu
if [ $# -ne 6 ]; then
    echo "usage: $0 PHOTOGRAPHS ENCODER.npz HELDOUT LPIPS.onnx MINUTES OUT" >&2
    exit 2
fi
photographs=$1 encoder=$2 heldout=$3 lpips=$4 minutes=$5 out=$6
mkdir -p "$out"

rung() { # NAME OPTION...
    name=$1
    shift
    [ -e "$out/$name.onnx" ] && return
    rm -rf "$out/$name"
    colorcli train "$photographs"/photos-*.tar --out "$out/$name" --minutes "$minutes" \
        --crop 128 --batch-size 16 --warmup 100 --validation 0.03 "$@"
    colorcli export "$out/$name" -o "$out/$name.onnx" --name "$name"
}

rung baseline --recipe baseline --warmup 0
rung unet --architecture unet
rung histogram --architecture histogram
rung fusion --architecture fusion --encoder inception-v3 --encoder-weights "$encoder"
rung inception-unet --encoder-weights "$encoder"
rung inception-unet-gan --objective gan --encoder-weights "$encoder"
rung inception-unet-regression --objective regression --encoder-weights "$encoder"
rung inception-unet-unseen --encoder-weights none
rung inception-unet-person --category person --encoder-weights "$encoder"

judge() { # NAME MODEL...
    name=$1
    shift
    colorcli evaluate "$@" "$heldout" --manifest "$heldout.csv" --lpips "$lpips" \
        --grid "$name.png" --grid-rows 10 --json >"$name.json"
}

cd "$out"
judge designs baseline.onnx unet.onnx histogram.onnx fusion.onnx inception-unet.onnx inception-unet-person.onnx
judge variants inception-unet-gan.onnx inception-unet-regression.onnx inception-unet-unseen.onnx
