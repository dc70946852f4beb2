//! File systems that lie on another machine: their locks do not end with a process, and what they say is synced may not be.

use std::{fs, path::Path};

/// What a file system calls itself: the number that `statfs` gives, and the kind that the table of mounts has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileSystem {
    /// `f_type`.
    pub(crate) magic: u64,
    /// Such as `ext4` or `fuse.sshfs`, where that is known.
    pub(crate) kind: Option<String>,
}

/// The numbers of those that are always on a network.
const NETWORKS: [(u64, &str); 12] = [
    (0x6969, "NFS"),
    (0xff53_4d42, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0x517b, "SMB"),
    (0x0102_1997, "9p"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x564c, "NCP"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
];

/// FUSE has a number for all of its kinds: the table of mounts tells which it is.
const FUSE: u64 = 0x6573_5546;

/// Kinds of FUSE that are on a network, by how their names begin.
const FUSE_NETWORKS: [&str; 12] = [
    "sshfs",
    "s3fs",
    "rclone",
    "gcsfuse",
    "goofys",
    "glusterfs",
    "davfs",
    "curlftpfs",
    "blobfuse",
    "mount-s3",
    "juicefs",
    "gvfsd-fuse",
];

/// The name of the network file system that an existing path is on, if it is on one: a state directory cannot be there.
///
/// # Errors
/// When the system does not tell.
pub fn network_of(path: &Path) -> std::io::Result<Option<String>> {
    Ok(FileSystem::of(path)?.network().map(ToOwned::to_owned))
}

impl FileSystem {
    /// That of an existing path, as far as the system tells.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            // The type of `f_type` differs from machine to machine; the numbers have 32 bits.
            let magic = u64::from(rustix::fs::statfs(path)?.f_type as u32);
            let kind = if magic == FUSE { kind_of_mount(path) } else { None };
            Ok(Self { magic, kind })
        }
        #[cfg(not(target_os = "linux"))]
        {
            fs::metadata(path)?;
            Ok(Self { magic: 0, kind: None })
        }
    }

    /// The name of the network file system that it is.
    pub(crate) fn network(&self) -> Option<&str> {
        if self.magic == FUSE {
            let kind = self.kind.as_deref()?;
            let inner = kind.strip_prefix("fuse.")?;
            return FUSE_NETWORKS.iter().any(|name| inner.starts_with(name)).then_some(kind);
        }
        NETWORKS.iter().find(|(magic, _)| *magic == self.magic).map(|(_, name)| *name)
    }
}

/// The kind of the mount that a path is in.
fn kind_of_mount(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    let table = fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_in(&table, &path)
}

/// The kind of the innermost mount above a path: of those at one place, the last hides the others.
fn kind_in(table: &str, path: &Path) -> Option<String> {
    let mounts = table.lines().filter_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let place = before.split(' ').nth(4)?.replace("\\040", " ");
        Some((place, after.split(' ').next()?))
    });
    let above = mounts.filter(|(place, _)| path.starts_with(place));
    above.max_by_key(|(place, _)| place.len()).map(|(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(magic: u64, kind: Option<&str>) -> FileSystem {
        FileSystem { magic, kind: kind.map(ToOwned::to_owned) }
    }

    #[test]
    fn network_file_systems_are_known_by_name() {
        assert_eq!(of(0x6969, None).network(), Some("NFS"));
        assert_eq!(of(0xff53_4d42, None).network(), Some("SMB"));
        assert_eq!(of(0x0102_1997, None).network(), Some("9p"));
        assert_eq!(of(FUSE, Some("fuse.sshfs")).network(), Some("fuse.sshfs"));
    }

    #[test]
    fn local_ones_are_taken() {
        for (magic, kind) in
            [(0xef53, None), (0x9123_683e, None), (0x0102_1994, None), (FUSE, None), (FUSE, Some("fuse.gocryptfs"))]
        {
            assert_eq!(of(magic, kind).network(), None, "{magic:x} {kind:?}");
        }
        assert_eq!(FileSystem::of(&std::env::temp_dir()).unwrap().network(), None);
    }

    #[test]
    fn the_innermost_mount_says_what_a_path_is_in() {
        let table = "21 1 8:1 / / rw - ext4 /dev/vda rw\n\
                     40 21 0:50 / /home/a\\040b rw,nosuid shared:5 - fuse.sshfs host:/ rw\n\
                     41 40 0:51 / /home/a\\040b/local rw - fuse.gocryptfs x rw\n";
        assert_eq!(kind_in(table, Path::new("/home/a b/state")).as_deref(), Some("fuse.sshfs"));
        assert_eq!(kind_in(table, Path::new("/home/a b/local/state")).as_deref(), Some("fuse.gocryptfs"));
        assert_eq!(kind_in(table, Path::new("/home/else")).as_deref(), Some("ext4"));
    }
}
