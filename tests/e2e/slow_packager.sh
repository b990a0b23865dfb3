# A packager's build: plain cmake from a tree that was never a git clone, without network, HOME or root, without test libraries,
# libgit2 and ccache; what it installs passes end-to-end scripts.
. "$(dirname "$0")/lib.sh"
for tool in cmake ninja tar unshare setpriv; do command -v $tool >/dev/null || exit 77; done
top=$(cd "$here/../.." && pwd)
without="--exclude=./build --exclude=./.git"
mkdir "$scratch/tree" "$scratch/bin" && tar -C "$top" $without -cf - . | tar -C "$scratch/tree" -xf -
alone=(env -i PATH="$PATH" LC_ALL=C.UTF-8 TMPDIR="$scratch/bin")
if [ "$(id -u)" = 0 ]; then
  unshare --net true 2>/dev/null && alone=(unshare --net "${alone[@]}")
  chmod 755 "$scratch" && chown -R 65534:65534 "$scratch/tree" "$scratch/bin"
  alone+=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
absent=(-DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON -DCMAKE_DISABLE_FIND_PACKAGE_rapidcheck=ON -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON
  -DCMAKE_DISABLE_FIND_PACKAGE_Python3=ON -DCMAKE_DISABLE_FIND_PACKAGE_Git=ON)
cd "$scratch/tree"
expect 0 "${alone[@]}" cmake -S . -B out -G Ninja -DBUILD_TESTING=OFF -DCAIRN_LIBGIT2=OFF -DCMAKE_UNITY_BUILD=ON \
  -DCMAKE_INSTALL_PREFIX=/usr "${absent[@]}"
! grep -q -- -Werror out/build.ninja || fail 'warnings are errors in a plain build'
! grep -q -- -march=native out/build.ninja || fail 'built for this machine alone'
expect 0 "${alone[@]}" cmake --build out
expect 0 "${alone[@]}" env DESTDIR="$scratch/tree/root" cmake --install out
for file in bin/cairn bin/git-cairn share/man/man1/cairn.1 share/man/man5/cairn-store.5 share/bash-completion/completions/cairn; do
  [ -e "root/usr/$file" ] || fail "$file is not installed"
done
says_version=$(grep -oP '^project\(cairn VERSION \K[0-9.]+' CMakeLists.txt)
[ "$("${alone[@]}" root/usr/bin/cairn version)" = "cairn $says_version" ] || fail 'the version comes from elsewhere'
new_repo "$scratch/shop"
export CAIRN_BIN=$scratch/tree/root/usr/bin/cairn
(cd "$scratch/shop" && expect 0 cairn doctor) && ! grep -q 'by libgit2' "$scratch/out" || fail 'libgit2 is still asked'
for script in main_path git_states; do expect 0 bash "$here/$script.sh"; done
rm -r "$scratch/tree/tests" # which name the secrets that nothing else may hold
echo ok
