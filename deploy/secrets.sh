#!/bin/sh
# Make the secrets that compose.yaml mounts: sh deploy/secrets.sh [FOLDER]. Never changes one that is there.
set -eu
folder=${1:-$(dirname "$0")/secrets}

main() {
    umask 022
    mkdir -p "$folder"
    # The files must be readable for the users inside the containers; the folder keeps everybody else on this host out.
    chmod 700 "$folder"
    keep secret_key "$(secret)"
    keep postgres_password "$(secret)"
    keep database_password "$(secret)"
    keep database_url "postgresql://crisisroom:$(cat "$folder/database_password")@postgres:5432/crisisroom"
    keep redis_password "$(secret)"
    keep redis_url "redis://:$(cat "$folder/redis_password")@redis:6379/0"
    keep redis_conf "$(redis_conf)"
}

# Hexadecimal: can stand in an address without being escaped.
secret() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

redis_conf() {
    cat <<END
requirepass $(cat "$folder/redis_password")
save ""
appendonly no
maxmemory 64mb
maxmemory-policy noeviction
END
}

keep() {
    test -e "$folder/$1" || printf '%s\n' "$2" >"$folder/$1"
}

main
