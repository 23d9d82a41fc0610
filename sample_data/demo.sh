#!/bin/sh
# Both main jobs on the sample data: models, reports, pictures and pages in $OUT.
set -eu
RECON=${RECON:-recon}
OUT=${OUT:-out}
HERE=$(dirname "$0")
mkdir -p "$OUT"

echo "== A folder of CT slices becomes a skull and a skin =="
$RECON medical inspect "$HERE/head_ct"
$RECON medical reconstruct "$HERE/head_ct" --structure bone --structure skin \
  -o "$OUT/head.glb" -o "$OUT/head.stl" --report "$OUT/head.json"
$RECON check "$OUT/head_bone.stl"
$RECON view "$OUT/head.glb" --screenshot "$OUT/head.png" --html "$OUT/head.html"
$RECON view "$OUT/head_bone.stl" --screenshot "$OUT/head_bone.png"

echo "== Two floor plans become a building =="
$RECON architecture inspect "$HERE/house/ground_floor.dxf"
$RECON architecture build "$HERE/house/ground_floor.dxf" "$HERE/house/upper_floor.dxf" \
  -o "$OUT/house.ifc" -o "$OUT/house.glb" --report "$OUT/house.json"
$RECON view "$OUT/house.ifc" --screenshot "$OUT/house.png"
$RECON view "$OUT/house.glb" --html "$OUT/house.html"

echo "== Done: open these =="
ls -1 "$OUT"/*
