#!/bin/sh
# Installs groundcrew from an unpacked tarball, a folder with the packages, or a site
# that has them. Nothing is put in place before all of it is verified.
#
# usage: install.sh [--prefix DIR] [--sums SHA256] [FROM]
#        install.sh [--prefix DIR] --uninstall
#   FROM           the unpacked tarball (default: where this script lies), a folder
#                  with SHA256SUMS and the tarball, or the https:// address of one
#   --prefix DIR   where it goes (default: /usr/local)
#   --sums SHA256  the digest that FROM's SHA256SUMS itself has to have, as it was told
#                  on another way
#   --uninstall    removes what this script has installed; journals and logs stay
#
# POSIX, and written for what EL6 has; the tests run it in dash, bash and busybox sh.
set -u
umask 022
LC_ALL=C
export LC_ALL

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
help() { sed -n '/^# usage/,/^#$/s/^# \{0,1\}//p' "$0"; }
usage() {
  help >&2
  exit 2
}

# What is installed: the file's mode, its name in the tarball, its place below PREFIX.
# The program comes last: where it is new, the rest is. packaging/build packs the same
# pages, and what they lead to.
FILES='
644 groundcrew.1 share/man/man1/groundcrew.1
644 completions/groundcrew.bash share/bash-completion/completions/groundcrew
644 completions/_groundcrew share/zsh/site-functions/_groundcrew
644 completions/groundcrew.fish share/fish/vendor_completions.d/groundcrew.fish
644 README.md share/doc/groundcrew/README.md
644 CHANGELOG.md share/doc/groundcrew/CHANGELOG.md
644 assets/answers.example.yaml share/doc/groundcrew/assets/answers.example.yaml
644 assets/answers.schema.json share/doc/groundcrew/assets/answers.schema.json
644 assets/catalogue.yaml share/doc/groundcrew/assets/catalogue.yaml
644 assets/distributions.yaml share/doc/groundcrew/assets/distributions.yaml
644 assets/docker.yaml share/doc/groundcrew/assets/docker.yaml
644 assets/endpoints.yaml share/doc/groundcrew/assets/endpoints.yaml
644 assets/progress.schema.json share/doc/groundcrew/assets/progress.schema.json
644 assets/report.schema.json share/doc/groundcrew/assets/report.schema.json
644 assets/rules.yaml share/doc/groundcrew/assets/rules.yaml
644 docs/airgap.md share/doc/groundcrew/docs/airgap.md
644 docs/another-host.md share/doc/groundcrew/docs/another-host.md
644 docs/answers.md share/doc/groundcrew/docs/answers.md
644 docs/checks.md share/doc/groundcrew/docs/checks.md
644 docs/decision.md share/doc/groundcrew/docs/decision.md
644 docs/docker.md share/doc/groundcrew/docs/docker.md
644 docs/flannel.md share/doc/groundcrew/docs/flannel.md
644 docs/fleet.md share/doc/groundcrew/docs/fleet.md
644 docs/hosts.md share/doc/groundcrew/docs/hosts.md
644 docs/kubernetes.md share/doc/groundcrew/docs/kubernetes.md
644 docs/performance.md share/doc/groundcrew/docs/performance.md
644 docs/replicated.md share/doc/groundcrew/docs/replicated.md
644 docs/reports.md share/doc/groundcrew/docs/reports.md
644 docs/swarm.md share/doc/groundcrew/docs/swarm.md
644 docs/undo.md share/doc/groundcrew/docs/undo.md
644 docs/wireguard.md share/doc/groundcrew/docs/wireguard.md
644 docs/wizard.md share/doc/groundcrew/docs/wizard.md
644 docs/zerotier.md share/doc/groundcrew/docs/zerotier.md
644 docs/screens/apply.svg share/doc/groundcrew/docs/screens/apply.svg
644 docs/screens/done.svg share/doc/groundcrew/docs/screens/done.svg
644 docs/screens/host.svg share/doc/groundcrew/docs/screens/host.svg
644 docs/screens/interface.svg share/doc/groundcrew/docs/screens/interface.svg
644 docs/screens/overlay.svg share/doc/groundcrew/docs/screens/overlay.svg
644 docs/screens/plan.svg share/doc/groundcrew/docs/screens/plan.svg
644 docs/screens/scheduler.svg share/doc/groundcrew/docs/screens/scheduler.svg
644 docs/screens/settings.svg share/doc/groundcrew/docs/screens/settings.svg
644 LICENSE-MIT share/doc/groundcrew/LICENSE-MIT
644 LICENSE-APACHE share/doc/groundcrew/LICENSE-APACHE
755 groundcrew bin/groundcrew
'
# What was installed, with its digests: for --uninstall.
LIST_OF_FILES=share/doc/groundcrew/installed

prefix=/usr/local from='' sums_digest='' uninstall=no
while [ $# -gt 0 ]; do
  case $1 in
  --prefix | --sums)
    [ $# -ge 2 ] || usage
    case $1 in
    --prefix) prefix=$2 ;;
    --sums) sums_digest=$2 ;;
    esac
    shift 2
    ;;
  --uninstall) uninstall=yes && shift ;;
  -h | --help) help && exit 0 ;;
  -*) usage ;;
  *)
    [ -z "$from" ] || usage
    from=$1
    shift
    ;;
  esac
done
case $prefix in
/*) ;;
*) fail "--prefix $prefix: an absolute path is wanted" ;;
esac
prefix=${prefix%/}

# Everything that is made before it is all verified is taken back on any way out.
made_files='' made_folders='' scratch=''
undo() {
  for path in $made_files; do rm -f "$(unspace "$path")"; done
  for path in $made_folders; do rmdir "$(unspace "$path")" 2>/dev/null; done
  if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
}
# Lists are split at spaces, and a folder may have some.
spaceless() {
  case $1 in
  *[%\ \	]*) printf '%s' "$1" | sed 's/%/%25/g; s/ /%20/g; s/	/%09/g' ;;
  *) printf '%s' "$1" ;;
  esac
}
unspace() {
  case $1 in
  *%*) printf '%s' "$1" | sed 's/%09/	/g; s/%20/ /g; s/%25/%/g' ;;
  *) printf '%s' "$1" ;;
  esac
}
trap undo 0
trap 'exit 130' 2
trap 'exit 143' 1 15

# The SHA-256 of a file, by what the host has.
digest() {
  if command -v sha256sum >/dev/null 2>&1; then
    set -- "$(sha256sum <"$1")"
  elif command -v openssl >/dev/null 2>&1; then
    set -- "$(openssl dgst -sha256 <"$1" | sed 's/.*= *//')"
  else
    set -- "$(shasum -a 256 <"$1")"
  fi
  printf '%s' "${1%% *}"
}
command -v sha256sum >/dev/null 2>&1 || command -v openssl >/dev/null 2>&1 || command -v shasum >/dev/null 2>&1 ||
  fail "nothing here computes SHA-256: install coreutils (sha256sum), openssl or perl (shasum)"

if [ $uninstall = yes ]; then
  [ -z "$from$sums_digest" ] || usage
  list=$prefix/$LIST_OF_FILES
  [ -f "$list" ] || fail "not installed here by this script ($list is not there); a package goes with rpm -e groundcrew or dpkg -r groundcrew"
  [ -w "$prefix/bin" ] || fail "$prefix/bin: may not be written; use sudo"
  # What is not as it was installed is somebody else's: it is neither run nor removed.
  left='' changed=''
  while read -r mode name place; do
    path=$prefix/$place
    { [ -n "$mode" ] && [ -f "$path" ]; } || continue
    if ! grep -Fx "$(digest "$path")  $place" "$list" >/dev/null; then
      changed="$changed $path"
      continue
    fi
    if [ "$name" = groundcrew ]; then
      limit=''
      if command -v timeout >/dev/null 2>&1; then limit='timeout 20'; fi
      $limit "$path" gen leaving </dev/null || :
    fi
    rm -f "$path" || left="$left $path"
  done <<LIST
$FILES
LIST
  # The list stays as long as something does: then this can be done again.
  [ -z "$left" ] || fail "could not be removed:$left"
  rm -f "$list" || fail "could not be removed: $list"
  for folder in docs/screens docs assets ''; do rmdir "$prefix/share/doc/groundcrew/$folder" 2>/dev/null; done
  [ -z "$changed" ] || fail "left as it is, since it was changed after it was installed:$changed"
  exit 0
fi

# Whether FILE is the one that SUMS calls NAME.
verify() { # FILE NAME SUMS
  # dash reads a line byte by byte: not the whole list for each file.
  wanted=''
  while read -r sum listed; do wanted="$wanted$sum"; done <<LIST
$(grep "^[0-9A-Fa-f]* [ *]$2\$" "$3")
LIST
  [ -n "$wanted" ] || fail "$2: not listed in SHA256SUMS; nothing was installed"
  found=$(digest "$1")
  [ "$found" = "$wanted" ] || fail "$2: not the file that SHA256SUMS lists (SHA-256 $found, wanted $wanted); nothing was installed"
}

machine=$(uname -m)
case $machine in
x86_64 | amd64) ;;
*) fail "this machine is $machine, and the program is for x86_64" ;;
esac

new_scratch() {
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/groundcrew.XXXXXX") || fail "no temporary folder can be made below ${TMPDIR:-/tmp}"
}
# NAME into the temporary folder. A redirection is followed where it is held to
# https, as curl can from 7.20.2 on (EL6 has 7.19.7). The wget of busybox is not taken:
# it does not look at certificates.
download() { # NAME
  if command -v curl >/dev/null 2>&1; then
    redirected=''
    if curl --proto =https --version >/dev/null 2>&1; then redirected='--location --proto =https'; fi
    # shellcheck disable=SC2086
    curl --fail --silent --show-error $redirected --connect-timeout 20 --max-time 3600 --output "$scratch/$1" "$from/$1" ||
      fail "$from/$1 could not be downloaded (curl); nothing was installed"
  elif wget --version 2>/dev/null | grep '^GNU Wget' >/dev/null; then
    wget -q -T 60 --max-redirect=0 -O "$scratch/$1" "$from/$1" || fail "$from/$1 could not be downloaded (wget); nothing was installed"
  else
    fail "neither curl nor GNU wget is here: download the folder on another machine and name it"
  fi
}
# The tarball's name in SUMS: none or several are an error.
tarball_of() { # SUMS
  found=''
  while read -r sum listed; do
    case ${listed#\*} in
    */*) ;;
    groundcrew-*-x86_64-linux.tar.gz) found="$found ${listed#\*}" ;;
    esac
  done <"$1"
  found=${found# }
  case $found in
  '') fail "SHA256SUMS of $from lists no groundcrew-VERSION-x86_64-linux.tar.gz" ;;
  *' '*) fail "SHA256SUMS of $from lists several tarballs ($found): unpack the right one and name its folder" ;;
  esac
  printf '%s' "$found"
}

from=${from:-$(dirname "$0")}
from=${from%/}
source=$from
new_scratch
case $from in
https://*)
  download SHA256SUMS
  source=$scratch
  ;;
*://*) fail "$from: https:// or a folder is wanted" ;;
esac
[ -d "$source" ] || fail "$from: no such folder"
[ -f "$source/SHA256SUMS" ] || fail "$from has no SHA256SUMS: nothing can be verified, and nothing was installed"
# A copy of its own: the list that is looked at is the one that all is held against.
sums=$scratch/sums
cp "$source/SHA256SUMS" "$sums" || fail "SHA256SUMS could not be copied to $scratch"
if [ -n "$sums_digest" ]; then
  found=$(digest "$sums")
  [ "$found" = "$sums_digest" ] || fail "SHA256SUMS of $from is not the one that --sums names (SHA-256 $found)"
fi

# A packed tarball is verified before it is unpacked, and its files once more below.
if [ ! -f "$source/groundcrew" ]; then
  tarball=$(tarball_of "$sums") || exit 1
  case $from in https://*) download "$tarball" ;; esac
  [ -f "$source/$tarball" ] || fail "$from has no $tarball, which its SHA256SUMS lists"
  # A copy of its own: what is verified is what is unpacked.
  cp "$source/$tarball" "$scratch/verified.tar.gz" || fail "$tarball could not be copied to $scratch"
  verify "$scratch/verified.tar.gz" "$tarball" "$sums"
  mkdir "$scratch/unpacked" && gzip -dc "$scratch/verified.tar.gz" | (cd "$scratch/unpacked" && tar xf -) ||
    fail "$tarball could not be unpacked in $scratch"
  source=$scratch/unpacked/${tarball%.tar.gz}
  sums=$source/SHA256SUMS
  [ -f "$sums" ] || fail "$tarball has no SHA256SUMS"
fi

# Made on the way down, so that undo can remove them on the way up.
folder() { # PATH
  [ ! -d "${1:-/}" ] || return 0
  folder "${1%/*}" || return 1
  mkdir "$1" 2>/dev/null || return 1
  made_folders="$(spaceless "$1") $made_folders"
}

# Each file is copied beside its place and verified there: what is verified is what
# will be run, and putting it in place is a rename.
while read -r mode name place; do
  [ -n "$mode" ] || continue
  target=$prefix/$place
  [ ! -d "$target" ] || fail "$target is a folder; nothing was installed"
  [ -f "$source/$name" ] || fail "$from has no $name; nothing was installed"
  folder "${target%/*}" || fail "${target%/*} cannot be made: use sudo, or --prefix with a folder that can be written; nothing was installed"
  staged=$target.new.$$
  made_files="$(spaceless "$staged") $made_files"
  cp "$source/$name" "$staged" 2>/dev/null || fail "${target%/*} cannot be written, or is full: use sudo, or --prefix with another folder; nothing was installed"
  verify "$staged" "$name" "$sums"
  chmod "$mode" "$staged" || fail "$staged: chmod failed; nothing was installed"
done <<LIST
$FILES
LIST

staged=$prefix/bin/groundcrew.new.$$
# ELF, 64 bits, little-endian, x86-64: bytes 0 to 5 and 18 to 19.
magic=$(od -A n -t x1 -N 20 "$staged" | tr -d ' \n')
case $magic in
7f454c460201????????????????????????3e00) ;;
*) fail "groundcrew: no program for x86_64 (its first bytes: $magic); nothing was installed" ;;
esac
version=$("$staged" --version 2>/dev/null </dev/null) ||
  fail "$staged does not start here (is $prefix mounted noexec?); nothing was installed"

list=$prefix/$LIST_OF_FILES
made_files="$(spaceless "$list.new.$$") $made_files"
while read -r mode name place; do
  [ -n "$mode" ] || continue
  printf '%s  %s\n' "$(digest "$prefix/$place.new.$$")" "$place"
done >"$list.new.$$" <<LIST || fail "$list cannot be written, or there is no room; nothing was installed"
$FILES
LIST
mv -f "$list.new.$$" "$list" || fail "$list could not be replaced; nothing was installed"

while read -r mode name place; do
  [ -n "$mode" ] || continue
  mv -f "$prefix/$place.new.$$" "$prefix/$place" || fail "$prefix/$place could not be replaced: run install.sh again"
done <<LIST
$FILES
LIST
made_files='' made_folders=''
printf '%s is installed as %s\n' "$version" "$prefix/bin/groundcrew"
# EL's sudo does not look into /usr/local/bin.
if [ "$prefix" = /usr/local ]; then
  echo "Where sudo does not find it: sudo $prefix/bin/groundcrew"
fi
