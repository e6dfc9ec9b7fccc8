#!/bin/sh
# PID 1 of one machine of the lab. machine.ts starts it in mount, UTS, PID, IPC and cgroup namespaces of its own: it builds the
# machine's file tree, moves into it, and sleeps. All that it mounts, loop devices included, ends with it, as in a power cut.
#
# In: DIRECTORY (the machine's), TREE (the root file system below), NAME, NAMESERVER, TRUST (a PEM file), MEMORY (bytes, or empty),
#     CGROUPS (name=type=options, space-separated), BINDS (source|target, one a line, read-only).
# Out: one line, its process ID as the outside knows it, when the machine is up.
set -eu

# /proc is still the one of the outside.
read -r outer_pid _ </proc/self/stat
root=$DIRECTORY/root
disk=$DIRECTORY/disk

hostname "$NAME"
[ ! -e "$DIRECTORY/disk.img" ] || mount -o loop "$DIRECTORY/disk.img" "$disk"
mkdir -p "$disk/upper" "$disk/work" "$disk/docker" "$disk/containerd"
mount -t overlay -o "lowerdir=$TREE,upperdir=$disk/upper,workdir=$disk/work" overlay "$root"

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root/run/lock" "$root/var/lib/docker" "$root/var/lib/containerd"
# An engine refuses to stack its layers on an overlay.
mount --bind "$disk/docker" "$root/var/lib/docker"
mount --bind "$disk/containerd" "$root/var/lib/containerd"

for cgroup in $CGROUPS; do
  name=${cgroup%%=*} rest=${cgroup#*=}
  type=${rest%%=*} options=${rest#*=}
  if [ "$type" = cgroup2 ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    for controller in $(cat "$root/sys/fs/cgroup/cgroup.controllers"); do
      echo "+$controller" >"$root/sys/fs/cgroup/cgroup.subtree_control" || true
    done
  else
    mountpoint -q "$root/sys/fs/cgroup" || mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
    mkdir "$root/sys/fs/cgroup/$name"
    mount -t cgroup -o "$options" cgroup "$root/sys/fs/cgroup/$name"
  fi
done

while IFS='|' read -r source target; do
  target=$root$target
  if [ -d "$source" ]; then mkdir -p "$target"; else mkdir -p "${target%/*}" && touch "$target"; fi
  mount --bind "$source" "$target"
  mount -o remount,bind,ro "$target"
done <<BINDS
$BINDS
BINDS

if [ -n "$MEMORY" ]; then
  # Programs believe this file, the kernel the cgroup.
  awk -v limit=$((MEMORY / 1024)) '/^Mem/ && $2 > limit { $0 = sprintf("%-16s%8d kB", $1, limit) } { print }' \
    /proc/meminfo >"$root/run/meminfo"
  mount --bind "$root/run/meminfo" "$root/proc/meminfo"
fi

if [ ! -e "$disk/installed" ]; then
  rm -f "$root/etc/resolv.conf"
  echo "nameserver $NAMESERVER" >"$root/etc/resolv.conf"
  printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$NAME" >"$root/etc/hosts"
  echo "$NAME" >"$root/etc/hostname"
  tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp "$TRUST" "$root/usr/local/share/ca-certificates/lab.crt"
  cat "$TRUST" >>"$root/etc/ssl/certs/ca-certificates.crt"
  touch "$disk/installed"
fi

# The old root must land on the machine's own tmpfs: anywhere else, the directory for it would stay.
mkdir "$root/run/.old"
cd "$root"
pivot_root . run/.old
umount -l /run/.old
rmdir /run/.old
echo "$outer_pid"
exec chroot . /bin/sh -c 'trap : TERM; while :; do sleep 86400 & wait $!; done' </dev/null >/dev/null 2>&1
