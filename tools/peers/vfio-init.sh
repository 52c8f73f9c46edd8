#!/bin/sh
# First process of the machine with VFIO devices: puts a writable layer over the host's root, which it sees
# read-only, and runs there what the kernel command line names. The console is the only way out.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1
stty -echo -icrnl -opost 2>/dev/null
end() {
  echo "machine: $1"
  poweroff -f
}
for module in /modules/*.ko; do
  insmod "$module" || echo "machine: cannot load $module"
done
ip link set lo up
mkdir -p /host /layer /root
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 hostroot /host || end 'no host root'
mount -t tmpfs tmpfs /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /root || end 'no overlay'
for place in proc sys dev; do mount --move "/$place" "/root/$place"; done
for place in tmp run; do mount -t tmpfs tmpfs "/root/$place"; done
mkdir -p /root/dev/shm
mount -t tmpfs tmpfs /root/dev/shm
cmdline=/root/proc/cmdline
word() { sed -n "s/.*doorbell\.$1=\([^ ]*\).*/\1/p" $cmdline; }
echo "machine: ready"
chroot /root /bin/sh -c "cd $(word folder) && exec $(word node) $(word script)"
end "ended $?"
