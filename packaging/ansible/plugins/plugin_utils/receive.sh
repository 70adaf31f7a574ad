# Runs on a target, by its /bin/sh alone (EL6's bash, dash, busybox); no single
# quotes, since it passes several shells on its way. What stands before it sets:
#   N word that marks the lines meant for the controller
#   O whole: receive, run, remove; push: receive and leave; run: what push left;
#     keep: the same, and leave it there; job: what is on standard input becomes the
#     file job beside what push left
#   I 1: standard input is a stream of the controller, to be read to its end
#   J 1: standard input is the program's own (with run and keep); file: the file job is
#   A machines (uname -m) that the program is for   S its SHA-256   K its KiB
#   Z gzip or plain: how it comes on standard input  D folders to try
#   C arguments of the program                       L seconds that it may take
#   T folder that push left, for run and keep
own_umask=`umask`
own_locale=${LC_ALL-unset}
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
set -f
say() { printf "\n%s %s\n" "$N" "$*"; }
# Compared with the controller's, which knows when it began to ask and when it ended.
clock() { say clock `date +%s%N 2>/dev/null`; }
has() { command -v "$1" >/dev/null 2>&1; }
# The sender must not be cut off while it still sends.
end() {
  if [ "$I" = 1 ]; then cat >/dev/null 2>&1; fi
  case $O,$1 in
    push,pushed | keep,ran | job,stored) ;;
    *) if [ -n "$T" ] && ! rm -rf "$T" >/dev/null 2>&1; then say left "$T"; fi ;;
  esac
  trap - 0
  clock
  say end "$@"
  exit 0
}
digest() {
  if has sha256sum; then sha256sum <"$1"; else openssl dgst -sha256 <"$1"; fi 2>/dev/null |
    sed -n "s/^.*\([0-9a-f]\{64\}\).*$/\1/p"
}
free() { df -Pk "$1" 2>/dev/null | { read -r x; read -r x x x x_free x; echo "$x_free"; }; }
[ "$O" = keep ] || trap "rm -rf \"\$T\" >/dev/null 2>&1" 0
trap "exit 129" 1 2 13 15
say begin
clock
if [ "$O" = job ]; then
  [ -d "$T" ] || end other-digest
  w=`cat 2>&1 >"$T/job"` || end not-received $w
  end stored
fi
M=`uname -m`
say arch $M
case " $A " in
  *" $M "*) ;;
  *) end other-machine ;;
esac
has sha256sum || has openssl || end no-digest
if [ "$Z" = gzip ] && ! has gzip; then end no-gzip; fi
if [ "$O" = whole ] || [ "$O" = push ]; then
  for d in $D; do
    p=$d/.groundcrew-$N
    if ! w=`mkdir -m 700 "$p" 2>&1`; then say folder "$d": $w; continue; fi
    T=$p
    f=`free "$p"`
    case $f in "" | *[!0-9]*) f=$K ;; esac
    if [ "$f" -lt "$K" ]; then
      w="$f KiB are free, $K KiB are needed"
    elif ! w=`{ printf "#!/bin/sh\nexit 0\n" >"$p/x" && chmod 700 "$p/x"; } 2>&1`; then
      :
    elif w=`"$p/x" 2>&1`; then
      break
    else
      w="programs cannot be run there (noexec)"
    fi
    say folder "$d": $w
    rm -rf "$p"
    T=
  done
  [ -n "$T" ] || end no-folder
  if [ "$Z" = gzip ]; then
    w=`gzip -dc 2>&1 >"$T/groundcrew"` || end not-received $w
  else
    w=`cat 2>&1 >"$T/groundcrew"` || end not-received $w
  fi
fi
s=`digest "$T/groundcrew"`
[ "$s" = "$S" ] || end other-digest "$s"
chmod 700 "$T/groundcrew"
[ "$O" != push ] || end pushed "$T"
rm -f "$T/late"
case $J in
  1) exec 3<&0 ;;
  file)
    [ -f "$T/job" ] || end other-digest
    exec 3<"$T/job"
    rm -f "$T/job"
    ;;
  *) exec 3</dev/null ;;
esac
# The program judges the session that installs: it gets that one as it was.
(
  umask "$own_umask"
  if [ "$own_locale" = unset ]; then unset LC_ALL; else LC_ALL=$own_locale; fi
  exec "$T/groundcrew" $C
) >"$T/out" 2>"$T/err" <&3 3<&- &
b=$!
exec 3<&-
trap "kill $b; exit 129" 1 2 13 15
(
  trap - 0
  i=0
  while [ $i -lt $L ]; do
    sleep 1
    kill -0 $b || exit
    i=$((i + 1))
  done
  : >"$T/late"
  kill $b
  sleep 2
  kill -9 $b
) </dev/null >/dev/null 2>&1 &
g=$!
wait $b
r=$?
kill $g >/dev/null 2>&1
if has gzip; then pack() { gzip -c; } && G=gzip; else pack() { cat; } && G=plain; fi
if has base64; then
  text() { base64; } && E=base64
elif has openssl; then
  text() { openssl base64; } && E=base64
else
  text() { od -An -v -tx1; } && E=hex
fi
[ ! -e "$T/late" ] || say late $L
say exit $r
say data out $E $G `wc -c <"$T/out"`
pack <"$T/out" | text
tail -c 2000 "$T/err" >"$T/tail"
say data err $E $G `wc -c <"$T/tail"`
pack <"$T/tail" | text
end ran
