#!/bin/sh
# First and only process of the test guests: loads the drivers, then carries out one command per console line.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1
stty -echo -icrnl -opost 2>/dev/null
for module in /modules/*.ko; do
  insmod "$module" || echo "guest: cannot load $module"
done
ip link set lo up
echo "guest: ready"
while IFS= read -r line; do
  eval "$line"
done
echo "guest: console closed"
reboot -f
