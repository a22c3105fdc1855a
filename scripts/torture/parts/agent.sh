#!/bin/sh
# A small agent of several characters, chosen by its track and the seed. Each committed line is
# recorded outside, so that it can be looked for afterwards.
set -u
file="$PLEACH_TRACK/lines.txt"
character=$(($(printf '%s' "$PLEACH_TRACK $TORTURE_SEED" | cksum | cut -d' ' -f1) % 5))
mkdir -p "$PLEACH_TRACK"
say() {
  line="$PLEACH_TRACK $1 $$ $(date +%s%N)"
  echo "$line" >> "$file"
  git add -- "$file" && git commit -qm "Write $line" && echo "$line" >> "$TORTURE/lines"
}
# An agent before was ended in the middle.
if [ -n "$(git status --porcelain)" ]; then git add -A && git commit -qm "Left over $$ $(date +%s%N)"; fi
if grep -qsx RED "$file"; then
  sed -i '/^RED$/d' "$file"
  say mended
  exit
fi
case $character in
  0) say once ;;
  1) say first; sleep 0.5; say second; sleep 0.5; say third ;;
  2) setsid sleep 300 & say daemon; sleep 0.3 ;;
  3)
    if [ ! -e "$TORTURE/red-$PLEACH_TRACK" ]; then : > "$TORTURE/red-$PLEACH_TRACK"; echo RED >> "$file"; fi
    say red
    ;;
  4) say early; sleep 0.3; echo kept > "$PLEACH_TRACK/untracked"; sleep 0.3; git add -A; say late ;;
esac
