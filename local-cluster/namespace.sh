#!/bin/sh
# Process 1 of a node's network, mount and pid namespaces. Gives the node its own copy of the places
# that containerd, CNI and kubelet use whatever their flags say, and then only reaps what loses its
# parent. Killing it ends everything inside; mounts, interfaces and firewall rules go with it.
set -eu
folder=$1 # what the node keeps on disk

for place in /run/containerd /run/netns /var/lib/cni /var/log/containers /usr/libexec/kubernetes; do
  mkdir -p "$place"
  mount -t tmpfs -o size=64m tmpfs "$place"
done

# Paths of unix sockets end at 108 characters, so the deep state folder appears at the usual short places.
for place in containerd kubelet; do
  mkdir -p "$folder/$place" "/var/lib/$place"
  mount --bind "$folder/$place" "/var/lib/$place"
done
mkdir -p "$folder/pod-logs" /var/log/pods
mount --bind "$folder/pod-logs" /var/log/pods

# No resolver can be reached from here: with an empty file a lookup fails at once instead of after 10 s.
: >"$folder/resolv.conf"
[ ! -e /etc/resolv.conf ] || mount --bind "$folder/resolv.conf" /etc/resolv.conf

# kubelet sets these for the whole machine. It may have its will on copies.
mkdir -p "$folder/sysctl"
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
  kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  [ -e "/proc/sys/$setting" ] || continue
  copy="$folder/sysctl/$(basename "$setting")"
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done

echo 1 >/proc/sys/net/ipv4/ip_forward # of this network namespace only
: >"$folder/ready"

trap 'exit 0' TERM INT
while :; do
  sleep 3600 &
  wait $!
done
