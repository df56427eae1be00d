#!/bin/sh
# Lets the bridge's container log in to AMI: with the secret that both are given, and from its network only.
#
# AMI_SECRET_FILE  what the bridge has in its secret_file; letters and digits (in Asterisk ; begins a comment)
# AMI_PERMIT       network of the bridge, e.g. 172.31.58.0/255.255.255.240
# AMI_BIND         address to listen on (0.0.0.0)
# ASTERISK_ETC     configuration folder (/etc/asterisk)
set -eu

secret=$(head -n 1 "${AMI_SECRET_FILE:?}")
case $secret in
  '' | *[!A-Za-z0-9]*)
    echo "$AMI_SECRET_FILE: letters and digits are expected, and at least one" >&2
    exit 2
    ;;
esac

umask 077
cat >"${ASTERISK_ETC:-/etc/asterisk}/manager.d/compose.conf" <<END
[general](+)
bindaddr = ${AMI_BIND:-0.0.0.0}
[ctibridge](+)
secret = $secret
permit = ${AMI_PERMIT:?}
END

# The bridge reads queue_log as a member of the folder's group.
umask 027
exec "$@"
