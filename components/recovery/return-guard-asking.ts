import { RETURN_NAMESPACE } from "../../estate/units/return-record";

/**
 * The part of the guard's program that asks: functions of bash `asked`, `genuine`, `counting`, `take`, `refusal`, `ask` and `probe`. It reads `places`,
 * `site`, `folder`, `state`, `work` and `limit`, and tells in `answer`, `serial`, `named` and `since` what the newest genuine record says.
 */
export const RETURN_GUARD_ASKING = String.raw`# Prints what a place holds, one record a line; nothing when it does not answer.
asked() {
  local name kind a b c d
  IFS='|' read -r name kind a b c d <<<"$1"
  case "$kind" in
    pbs)
      PBS_REPOSITORY=$a PBS_FINGERPRINT=$b PBS_PASSWORD_FILE="$folder/$name.pw" timeout 30 \
        proxmox-backup-client snapshot list "host/$d" \${c:+--ns "$c"} --output-format json 2>"$work/error"
      ;;
    dns)
      timeout 30 curl --silent --show-error --fail --max-time 20 --header 'accept: application/dns-json' \
        "$a?name=$b&type=TXT" 2>"$work/error"
      ;;
  esac | tr -d '\\" ' | grep -Eo 'tr1\.[A-Za-z0-9+/=]+\.[A-Za-z0-9+/=]+'
}

# Whether a line is a record of this site that its key has signed; its fields stand in r_… then.
genuine() {
  local text signature key value
  [[ "$1" =~ ^tr1\.([A-Za-z0-9+/=]+)\.([A-Za-z0-9+/=]+)$ ]] || return 1
  text=\${BASH_REMATCH[1]} signature=\${BASH_REMATCH[2]}
  printf '%s' "$text" | base64 -d >"$work/text" 2>/dev/null || return 1
  { echo '-----BEGIN SSH SIGNATURE-----' && printf '%s\n' "$signature" | fold -w 70 && echo '-----END SSH SIGNATURE-----'; } >"$work/signature"
  ssh-keygen -Y verify -f "$folder/signers" -I "$site" -n ${RETURN_NAMESPACE} -s "$work/signature" \
    <"$work/text" >/dev/null 2>&1 || return 1
  r_site='' r_serial='' r_at='' r_until='' r_serves='' r_guests=''
  while IFS='=' read -r key value; do
    case "$key" in site | serial | at | until | serves | guests) printf -v "r_$key" '%s' "$value" ;; esac
  done <"$work/text"
  [ "$r_site" = "$site" ] && [[ "$r_serial" =~ ^[0-9]{1,15}$ ]]
}
seconds() { date -u -d "$1" +%s 2>/dev/null || echo 0; }
# One that says home only for its time, and never before it was signed; one that says elsewhere until a newer one comes.
counting() {
  local now
  now=$(date +%s)
  [ "$r_serves" != home ] || { [ "$now" -lt "$(seconds "$r_until")" ] && [ $((now + 86400)) -gt "$(seconds "$r_at")" ]; }
}

answer='none' serial=0 named='' since='' place_words=()
# Takes a record over when none is newer.
take() {
  genuine "$1" || return 1
  [ "$r_serial" -ge "$serial" ] || return 2
  counting || return 3
  serial=$r_serial since=$r_at named=$(printf '%s' "$r_guests" | tr ',' ' ')
  [ "$r_serves" = home ] && answer=home || answer=elsewhere
}

# Why a record that came with this status from take does not count.
refusal() {
  case "$1" in
    1) echo 'what it holds is not signed by this site' ;;
    2) echo "its record $r_serial is older than $serial" ;;
    3) echo "its record $r_serial says home, and its time is over or has not come" ;;
  esac
}

ask() {
  local index entry name line got best started=$SECONDS waiting open
  # What this node knew before: from a record of another place it is not put back, and without an answer it is not forgotten.
  if [ -s "$state/known" ] && genuine "$(cat "$state/known")"; then
    serial=$r_serial
    [ "$r_serves" = home ] || { answer=elsewhere since=$r_at named=$(printf '%s' "$r_guests" | tr ',' ' '); }
  fi
  declare -A said=()
  open=("\${places[@]}")
  while :; do
    waiting=()
    for entry in "\${open[@]}"; do
      name=\${entry%%|*} got=''
      : >"$work/error"
      for line in $(asked "$entry"); do
        if take "$line"; then
          got=yes said[$name]="record $serial says $answer" && printf '%s\n' "$line" >"$work/known" && mv "$work/known" "$state/known"
        else
          said[$name]=$(refusal $?)
        fi
      done
      [ -n "$got" ] || waiting+=("$entry")
      [ -n "\${said[$name]:-}" ] || said[$name]="no answer: $(tail -n 1 "$work/error" | cut -c 1-200)"
    done
    open=("\${waiting[@]}")
    [ "\${#open[@]}" -gt 0 ] && [ $((SECONDS - started)) -lt "$limit" ] || break
    sleep 5
    for entry in "\${open[@]}"; do unset "said[\${entry%%|*}]"; done
  done
  for entry in "\${places[@]}"; do place_words+=("\${entry%%|*}: \${said[\${entry%%|*}]}"); done
  wait_for_quorum
  decide
}

# Asks each place once and keeps nothing of it: what this node would learn if it booted now.
probe() {
  local entry word line
  for entry in "\${places[@]}"; do
    word='' serial=0
    : >"$work/error"
    for line in $(asked "$entry"); do
      if take "$line"; then
        word="good:record $r_serial says $r_serves" && break
      else
        word="bad:$(refusal $?)"
      fi
    done
    [ -n "$word" ] || word="bad:$(tail -n 1 "$work/error" | cut -c 1-200)"
    [ "$word" != bad: ] || word='bad:it answers, and holds no record'
    echo "seen=\${entry%%|*}:$word"
  done
}

`;
