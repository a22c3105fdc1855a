#!/bin/sh
# What an agent program's hook calls: sh hook.sh EVENT WORKER FOLDER WORKTREE [DUTY], its payload on
# stdin. Tells the worker's supervisor by one line appended to FOLDER/signals.ndjson, and reminds the
# agent when it is about to edit what another track has changed. DUTY is what more the program takes
# from this hook: `context` and `block` are two forms in which it is told what waits for it; `await`
# is the answer to the dialog it has opened, which may come at any time, or never. It never fails, and
# never holds the agent up: plain shell, no program of its own that takes time to start.
exec 2>/dev/null
LC_ALL=C
umask 077
event=$1 worker=$2 folder=$3 worktree=$4 duty=${5-}
newline='
'
payload=$(cat)

# Where the answer to a dialog comes, and nothing is spent until it does.
waits=
if [ "$duty" = await ]; then
  mkfifo "$folder/hooks/ask.$$" && waits=",\"waits\":\"ask.$$\""
fi

# Lines of several writers stay apart because each is one write of less than 4096 bytes. What is
# longer, or is no single line, goes into a file of its own that the line names.
case $payload in
*"$newline"*) inline=no ;;
*) if [ ${#payload} -le 3500 ]; then inline=yes; else inline=no; fi ;;
esac
if [ $inline = yes ]; then
  line="{\"hook\":\"$event\",\"worker\":\"$worker\"$waits,\"payload\":${payload:-null}}"
else
  name=$event.$$
  printf '%s' "$payload" >"$folder/hooks/$name" || exit 0
  line="{\"hook\":\"$event\",\"worker\":\"$worker\"$waits,\"file\":\"$name\"}"
fi
printf '%s\n' "$line" >>"$folder/signals.ndjson"

# The paths that are about to be edited, as JSON carries them: one that JSON escapes is not met.
edited() {
  case $payload in
  *'"tool_name":"apply_patch"'*)
    printf '%s' "$payload" | grep -oE '\*\*\* (Add|Update|Delete) File: [^\\"]*' | sed 's/^[^:]*: //'
    ;;
  *'"tool_name":"Edit"'* | *'"tool_name":"Write"'* | *'"tool_name":"MultiEdit"'* | *'"tool_name":"NotebookEdit"'*)
    printf '%s' "$payload" | grep -oE '"(file|notebook)_path":"[^"]*"' | sed 's/^[^:]*:"//; s/"$//'
    ;;
  esac
}

# Says which of them others have changed too; of each it is said once.
remind() {
  tab=$(printf '\t')
  while IFS= read -r path; do
    path=${path#"$worktree/"}
    while IFS=$tab read -r theirs tracks; do
      [ "$theirs" = "$path" ] || continue
      grep -qxF -e "$path" "$folder/foreign.told" && continue
      printf '%s\n' "$path" >>"$folder/foreign.told"
      printf '%s has also been changed by %s. ' "$path" "$tracks"
    done <"$folder/foreign.paths"
  done
}

if [ "$event" = PreToolUse ] && [ -s "$folder/foreign.paths" ]; then
  said=$(edited | remind)
  [ -z "$said" ] || printf '{"hookSpecificOutput":{"hookEventName":"PreToolUse","additionalContext":"%s"}}\n' \
    "Pleach: ${said}Their work lands apart from yours: keep your change there small and away from theirs; .pleach/inbox.md may say more."
fi

# Hands over the messages that wait, in their order; their text is escaped for JSON already. Each is
# claimed by its rename, so that it reaches the agent by one road. Only what was printed whole is told
# to the supervisor, and last: a hook that is ended before that has handed over nothing.
hand_over() {
  said= handed=
  for file in "$folder"/post/*.waits; do
    IFS= read -r text <"$file" || continue
    [ -z "$said" ] || [ $((${#said} + ${#text})) -le 7500 ] || break
    mv "$file" "${file%.waits}.given" </dev/null || continue
    name=${file##*/}
    said=$said$text
    handed="$handed${handed:+,}\"${name%.waits}\""
  done
  [ -n "$said" ] || return
  said="# Messages for you\\n\\n$said"
  if [ "$duty" = block ]; then
    printf '{"decision":"block","reason":"%s"}\n' "$said" || return
  else
    printf '{"hookSpecificOutput":{"hookEventName":"%s","additionalContext":"%s"}}\n' "$event" "$said" || return
  fi
  printf '{"hook":"Handed","worker":"%s","payload":{"letters":[%s]}}\n' "$worker" "$handed" >>"$folder/signals.ndjson"
}

# What a sub-agent does is not the moment: it would take them for its own.
case $duty,$payload in
*'"agent_id":"'*) ;;
context,* | block,*) hand_over ;;
esac

# Prints the answer that its supervisor has for the dialog; an empty one when the dialog is over.
if [ -n "$waits" ]; then
  IFS= read -r said <"$folder/hooks/ask.$$"
  rm -f "$folder/hooks/ask.$$"
  if [ -n "$said" ] && printf '%s\n' "$said"; then
    printf '{"hook":"Replied","worker":"%s","payload":{"ask":"ask.%s"}}\n' "$worker" $$ >>"$folder/signals.ndjson"
  fi
fi

# While something is being typed into the agent's terminal, no dialog may open under it: a dialog
# comes after this hook. The line above was written first, so that one of both sees the other.
if [ "$event" = PreToolUse ]; then
  turns=0
  while [ -e "$folder/typing" ] && [ $turns -lt 20 ]; do
    sleep 0.1
    turns=$((turns + 1))
  done
fi
exit 0
