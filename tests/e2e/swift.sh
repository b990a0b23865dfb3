# OpenStack Swift as the bucket's server, briefly: push, pull into a clone, compare. peer_swift.sh does more.
. "$(dirname "$0")/lib_swift.sh"
shop_of_two_versions
on_swift shop shop
cd shop
expect 0 cairn push -r swift
says 'pushed'
cairn add data model.bin >/dev/null
git commit -qm v2
expect 0 cairn push -r swift
expect 0 cairn remote check swift
says 'conditional write'
git clone -q "$scratch/shop" "$scratch/clone"
on_swift "$scratch/clone" shop
cd "$scratch/clone"
expect 0 cairn pull -r swift
same_version v2 .
expect 0 cairn fsck -r swift
expect 4 env AWS_SECRET_ACCESS_KEY=wrong-canary "$CAIRN_BIN" push -r swift
! grep -q wrong-canary "$scratch/out" || fail 'a secret is printed'
echo ok
