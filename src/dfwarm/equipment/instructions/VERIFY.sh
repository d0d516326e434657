#!/bin/sh
# Verify this bundle without dfwarm:  sh VERIFY.sh [--accept-pending] [TRUST_FOLDER]
#
# TRUST_FOLDER holds allowed_signers and tsa-ca.pem, which you got from the site by another way than this bundle, and
# whose fingerprints you compared with the printed list. Without one the site's own folder is taken, where it is there.
#
# Needs a POSIX shell, coreutils, sed, grep, ssh-keygen (OpenSSH 8.9 or newer) and openssl (1.1.1 or newer); gzip where
# it is there. Uses no network and believes no clock: the time comes from the time-stamp token.
# VERIFY.txt says what each step proves.
set -eu
LC_ALL=C TZ=UTC
export LC_ALL TZ
unset CDPATH
number=0 name='' proves=''

refuse() {
    echo "REFUSED at step $number, $name: $*"
    exit 1
}
step() { number=$((number + 1)) name=$1 proves=$2; }
holds() { printf '%2d  %-10s  holds   %s%s\n' "$number" "$name" "$proves" "${1:+ ($1)}"; }

pending=no
if [ "${1:-}" = --accept-pending ]; then
    pending=yes
    shift
fi
given=${1:-}
[ -z "$given" ] || given=$(cd "$given" && pwd) || { echo "trust folder $1 cannot be read"; exit 2; }
cd "$(dirname "$0")"
trust=${given:-../../../trust}
for tool in sha256sum sed grep ssh-keygen openssl date sort basename; do
    command -v "$tool" >/dev/null 2>&1 || { echo "program $tool is not here"; exit 2; }
done
[ -f "$trust/allowed_signers" ] || { echo "no allowed_signers in the trust folder $trust"; exit 2; }

# Every file of the bundle, one a line; links and anything else that is no plain file are refused.
walk() {
    for path in "$1"* "$1".[!.]* "$1"..?*; do
        if [ -L "$path" ]; then
            echo "link: $path"
        elif [ -d "$path" ]; then
            walk "$path/"
        elif [ -f "$path" ]; then
            printf '%s\n' "$path"
        elif [ -e "$path" ]; then
            echo "no plain file: $path"
        fi
    done
}
covered() {
    while IFS= read -r path; do
        case $path in
        SHA256SUMS | statement.json | statement.json.sig | statement.json.sig.tsr | statement.json.sig.tsr2) ;;
        certificate.txt | certificate.html | certificate.pdf | letter.txt | letter.html) ;;
        RENDERINGS.sha256 | RENDERINGS.sha256.sig | delivery.txt | history.txt | unsealed.txt | reviews/*) ;;
        *) printf '%s\n' "$path" ;;
        esac
    done
}

step files 'every file is listed; none is missing, none was added'
for file in SHA256SUMS statement.json statement.json.sig; do
    [ -f "$file" ] || refuse "$file is missing"
done
grep -qvE '^[0-9a-f]{64}  [A-Za-z0-9_][A-Za-z0-9_.+@:=/-]*$' SHA256SUMS && refuse 'SHA256SUMS has a line that is no digest and name'
listed=$(sed 's/^[0-9a-f]*  //' SHA256SUMS)
printf '%s\n' "$listed" | grep -qE '(^|/)\.' && refuse 'SHA256SUMS names a path that leads elsewhere'
there=$(walk '' | covered | sort)
[ -n "$listed" ] || refuse 'SHA256SUMS is empty'
[ "$(printf '%s\n' "$listed" | sort -u)" = "$listed" ] || refuse 'SHA256SUMS is not in its order'
if [ "$listed" != "$there" ]; then
    printf '%s\n' "$listed" | while IFS= read -r file; do
        printf '%s\n' "$there" | grep -qxF -e "$file" || echo "  missing: $file"
    done
    printf '%s\n' "$there" | while IFS= read -r file; do
        printf '%s\n' "$listed" | grep -qxF -e "$file" || echo "  added: $file"
    done
    refuse 'the files are not those that SHA256SUMS lists'
fi
holds "$(printf '%s\n' "$listed" | grep -c .) files"

step digests 'every file has the bytes that were sealed'
sha256sum --check --strict --quiet SHA256SUMS >/dev/null 2>&1 || {
    sha256sum --check --strict --quiet SHA256SUMS 2>/dev/null || :
    refuse 'a file has other bytes'
}
holds

step statement 'the claim is in a form that has one reading'
statement=$(cat statement.json)
predicate=https://dfwarm.example/attestation/warm-standby-equivalence
case $statement in
'{"_type":"https://in-toto.io/Statement/v1","predicate":{'*"},\"predicateType\":\"$predicate/v1\",\"subject\":[{"*'}]}') ;;
*"\"predicateType\":\"$predicate/v"*) refuse 'it is of a newer version than this script' ;;
*) refuse 'it is not a statement about a warm standby' ;;
esac
[ "$(printf %s "$statement" | sha256sum)" = "$(sha256sum <statement.json)" ] || refuse 'it does not end where JSON ends'
field() { printf %s "$statement" | sed -n "s/.*$1.*/\\1/p"; }
cycle=$(field '"id":"\([0-9]*-[0-9]*\)","kind":')
verdict=$(field '"verdict":"\([A-Z ]*\)"')
sealed=$(field '"sealedAt":"\([0-9TZ:.-]*\)"')
asked=$(field '"seal":{"authorities":\[\([^]]*\)\],"isLate":')
for found in "$cycle" "$verdict" "$sealed"; do
    [ -n "$found" ] || refuse 'it lacks cycle, verdict or time'
done
holds

step binding 'the claim is about exactly these files'
sums=$(sha256sum <SHA256SUMS)
case $statement in
*",\"subject\":[{\"digest\":{\"sha256\":\"${sums%% *}\"},\"name\":\"SHA256SUMS\"}]}") ;;
*) refuse 'SHA256SUMS is not the one that the statement is about' ;;
esac
holds

step signature 'the claim was signed by the holder of one key, as evidence'
ssh-keygen -Y check-novalidate -n evidence@dfwarm -s statement.json.sig <statement.json >/dev/null 2>&1 ||
    refuse 'the signature is not one of this statement, as evidence@dfwarm'
holds

step time 'somebody else vouches for when the seal was there'
moment=$(date -u -d "$sealed" +%s)
stamped=no
expect() {
    if [ -f "$1" ]; then
        at=$(openssl ts -reply -in "$1" -text 2>/dev/null | sed -n 's/^Time stamp: //p')
        [ -n "$at" ] || refuse "$1 is no time-stamp token"
        second=$(date -u -d "$at" +%s)
        chain=$trust/tsa-chain.pem
        [ -f "$chain" ] || chain=$trust/tsa-ca.pem
        openssl ts -verify -data statement.json.sig -in "$1" -CAfile "$trust/tsa-ca.pem" -untrusted "$chain" \
            -attime "$second" >/dev/null 2>&1 || refuse "$1 is not a token over this seal by a trusted authority"
        [ "$stamped" = yes ] && [ "$moment" -le "$second" ] || moment=$second
        stamped=yes
    elif [ "$2" = yes ] && [ "$pending" = no ]; then
        refuse "$1 is missing: it is still pending, or it was taken away"
    fi
}
case $asked in
'') first=no second_asked=no ;;
*'","'*) first=yes second_asked=yes ;;
*) first=yes second_asked=no ;;
esac
expect statement.json.sig.tsr "$first"
expect statement.json.sig.tsr2 "$second_asked"
if [ "$stamped" = yes ]; then
    holds "$(date -u -d "@$moment" +%Y-%m-%dT%H:%M:%SZ)"
else
    printf '%2d  %-10s  NOT PROVEN: no token is there; the time is what the statement says\n' "$number" "$name"
fi

step key 'that key was allowed to seal at that time, and is not revoked'
at=$(date -u -d "@$moment" +%Y%m%d%H%M%SZ)
who=$(ssh-keygen -Y find-principals -Overify-time="$at" -s statement.json.sig -f "$trust/allowed_signers" 2>/dev/null |
    sed -n 1p) || :
[ -n "$who" ] || refuse 'the key is not among the allowed signers at that time'
set --
[ ! -f "$trust/revoked.krl" ] || set -- -r "$trust/revoked.krl"
if [ "$stamped" = no ] && [ -f "$trust/needs-token.krl" ]; then
    ssh-keygen -Y verify -Overify-time="$at" -f "$trust/allowed_signers" -I "$who" -n evidence@dfwarm \
        -s statement.json.sig -r "$trust/needs-token.krl" <statement.json >/dev/null 2>&1 ||
        refuse 'the key was lost, and no token shows that it signed before'
fi
ssh-keygen -Y verify -Overify-time="$at" -f "$trust/allowed_signers" -I "$who" -n evidence@dfwarm \
    -s statement.json.sig "$@" <statement.json >/dev/null 2>&1 || refuse 'the key may not seal evidence, or is revoked'
holds "$who"

step place 'it is the evidence of the cycle that was asked for'
folder=$(basename "$(pwd -P)")
case $folder in
[0-9][0-9][0-9]-[0-9][0-9][0-9][0-9][0-9]*)
    [ "$folder" = "$cycle" ] || refuse "it is the evidence of cycle $cycle, and its folder says $folder"
    ;;
esac
holds "$cycle"

step claim 'the verdict agrees with what it rests on'
content=${statement#*'"content":{'}
content=${content%%'},"cycle":{'*}
production=$(printf %s "$content" | sed -n 's/.*"productionManifest":{"sha256":"\([0-9a-f]*\)"}.*/\1/p')
standby=$(printf %s "$content" | sed -n 's/.*"standbyManifest":{"sha256":"\([0-9a-f]*\)"}.*/\1/p')
compared=$(printf %s "$content" | sed -n 's/.*"entriesCompared":\([0-9]*\),"entriesExpected":\([0-9]*\),.*/\1 \2/p')
case $verdict in
EQUIVALENT | 'EQUIVALENT WITH DEVIATIONS')
    { [ "${compared% *}" = "${compared#* }" ] && [ "${compared% *}" -gt 0 ]; } ||
        refuse "it compared ${compared% *} of ${compared#* } entries"
    case $statement in *'"negativeControl":{"detected":true,'*) ;; *) refuse 'its negative control was not detected' ;; esac
    case $statement in
    *'"weights":["difference"'* | *'"weights":["gap"'* | *'"weights":["invalid"'* | *'"weights":["deviation",'*)
        refuse 'it names reasons against its verdict'
        ;;
    esac
    { [ -n "$production" ] && [ -n "$standby" ]; } || refuse 'it rests on no listing'
    ;;
DISCREPANT | INCONCLUSIVE) ;;
*) refuse "verdict $verdict is not known" ;;
esac
if [ "$verdict" = EQUIVALENT ]; then
    [ "$production" = "$standby" ] || refuse 'it says EQUIVALENT with unequal listings'
    case $statement in *'"weights":[]'*) ;; *) refuse 'it says EQUIVALENT and names reasons against it' ;; esac
fi
holds

step manifests 'the listings are those whose digests the verdict rests on'
metadata=${statement#*'"metadata":{'}
metadata=${metadata%%'},"negativeControl":{'*}
held=0
hold_listing() {
    [ -f "$1" ] || refuse "$1 is missing"
    sum=$(gzip -dc "$1" | sha256sum)
    [ "${sum%% *}" = "$2" ] || refuse "$1 is not the listing that the statement is about"
    held=$((held + 1))
}
hold_listings() {
    pattern='{"production":{"sha256":"[0-9a-f]*"},"root":"[A-Za-z0-9_]*","standby":{"sha256":"[0-9a-f]*"}}'
    for entry in $(printf %s "$1" | grep -o "$pattern"); do
        root=$(printf %s "$entry" | sed 's/.*"root":"\([A-Za-z0-9_]*\)".*/\1/')
        ours=$(printf %s "$entry" | sed 's/^{"production":{"sha256":"\([0-9a-f]*\)".*/\1/')
        theirs=$(printf %s "$entry" | sed 's/.*"standby":{"sha256":"\([0-9a-f]*\)"}}$/\1/')
        [ "$root" = STUDY_DIR ] && root='' || root=.$root
        hold_listing "production$root.$2.gz" "$ours"
        if [ -f "standby$root.$2.gz" ] || { [ -n "$theirs" ] && [ "$ours" != "$theirs" ]; }; then
            hold_listing "standby$root.$2.gz" "$theirs"
        fi
    done
}
if command -v gzip >/dev/null 2>&1; then
    hold_listings "$content" sha256
    hold_listings "$metadata" mtree
    holds "$held listings"
else
    printf '%2d  %-10s  not taken: gzip is not here; step 2 covers the packed listings\n' "$number" "$name"
fi

step reports 'the reports are those whose digests the verdict rests on'
held=0
for file in reports/*.normalised; do
    [ -f "$file" ] || continue
    sum=$(sha256sum <"$file")
    report=${file#reports/}
    case $statement in
    *"\"name\":\"${report%%.*}\",\"production\":{\"normalised\":\"${sum%% *}\""*) ;;
    *"\"name\":\"${report%%.*}\",\"production\":{"*"},\"standby\":{\"normalised\":\"${sum%% *}\""*) ;;
    *"\"name\":\"${report%%.*}\",\"production\":{"*) refuse "$file is not the text that the statement is about" ;;
    *) continue ;;
    esac
    held=$((held + 1))
done
holds "$held texts"

step renderings 'what a person reads was written by a key of the site'
if [ -f RENDERINGS.sha256 ]; then
    who=$(ssh-keygen -Y find-principals -s RENDERINGS.sha256.sig -f "$trust/allowed_signers" 2>/dev/null | sed -n 1p) || :
    ssh-keygen -Y verify -f "$trust/allowed_signers" -I "${who:-nobody}" -n rendering@dfwarm -s RENDERINGS.sha256.sig \
        "$@" <RENDERINGS.sha256 >/dev/null 2>&1 || refuse 'RENDERINGS.sha256 is not signed by a key of the site'
    sha256sum --check --strict --quiet RENDERINGS.sha256 >/dev/null 2>&1 || refuse 'a certificate or letter is altered'
    grep -q '^[0-9a-f]*  statement\.json$' RENDERINGS.sha256 || refuse 'RENDERINGS.sha256 is not about a statement'
    for file in certificate.txt certificate.html certificate.pdf letter.txt letter.html; do
        [ ! -f "$file" ] || grep -q "^[0-9a-f]*  $file\$" RENDERINGS.sha256 || refuse "$file was added"
    done
    holds
else
    for file in certificate.txt certificate.html certificate.pdf letter.txt letter.html; do
        [ ! -f "$file" ] || refuse "$file is not signed"
    done
    holds none
fi

echo
echo "GENUINE: this is the evidence of cycle $cycle, sealed $sealed. Its verdict is: $verdict"
