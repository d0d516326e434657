#!/bin/sh
# Verify every bundle of this export without dfwarm:  sh VERIFY.sh [--accept-pending] TRUST_FOLDER
#
# TRUST_FOLDER holds allowed_signers and tsa-ca.pem, which you got from the site by another way than this export, and
# whose fingerprints you compared with the printed list. VERIFY.txt says what each step proves and which programs are
# needed. Each bundle is verified by the script in its own folder.
set -u
pending=''
if [ "${1:-}" = --accept-pending ]; then
    pending=$1
    shift
fi
[ $# -eq 1 ] || { echo "usage: sh VERIFY.sh [--accept-pending] TRUST_FOLDER"; exit 2; }
trust=$(cd "$1" && pwd) || { echo "trust folder $1 cannot be read"; exit 2; }
cd "$(dirname "$0")" || exit 2

seen=0 refused=0
for folder in [0-9][0-9][0-9]/[0-9][0-9][0-9]-*/; do
    [ -d "$folder" ] || continue
    seen=$((seen + 1))
    echo "== ${folder%/}"
    if [ ! -f "$folder/VERIFY.sh" ]; then
        echo "REFUSED: it is not sealed"
        refused=$((refused + 1))
    elif ! sh "$folder/VERIFY.sh" ${pending:+"$pending"} "$trust"; then
        refused=$((refused + 1))
    fi
done
echo "== $seen bundles, $refused refused"
[ "$seen" -gt 0 ] && [ "$refused" -eq 0 ]
