#!/bin/sh
# Random passwords for docker-compose.yml, one file each, made once: deploy/make-secrets.sh [DIRECTORY]
# Whoever may enter the directory may read them; containers read single files of it, as users of their own.
set -eu
directory="${1:-$(dirname "$0")/secrets}"
if [ -e "$directory" ]; then
    echo "$directory is there already: nothing done" >&2
    exit 1
fi
umask 077
mkdir -p "$directory"
cd "$directory"

make() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$1"; }
for name in clickhouse_writer_password clickhouse_reader_password grafana_admin_password s3_access_key s3_secret_key; do
    make "$name"
done
make interserver
make cluster
hash() { sha256sum "$1" | cut -d ' ' -f 1; }
cat >clickhouse_secrets.xml <<XML
<clickhouse>
  <writer_password_sha256>$(hash clickhouse_writer_password)</writer_password_sha256>
  <reader_password_sha256>$(hash clickhouse_reader_password)</reader_password_sha256>
  <interserver_password>$(cat interserver)</interserver_password>
  <cluster_secret>$(cat cluster)</cluster_secret>
  <s3_access_key>$(cat s3_access_key)</s3_access_key>
  <s3_secret_key>$(cat s3_secret_key)</s3_secret_key>
</clickhouse>
XML
rm interserver cluster
chmod 444 -- *
echo "made $directory" >&2
