use super::*;
use crate::testing::started;
use crate::{Emulators, Endpoints, Storage};
use tempfile::TempDir;

const ALL_KEYS: [&str; 2] = ["session", "link"];

fn keys() -> Vec<String> {
    ALL_KEYS.map(str::to_owned).to_vec()
}

/// A data folder with everything that a platform stores; the process has ended.
async fn full() -> (TempDir, PathBuf) {
    let home = TempDir::new().unwrap();
    let path = home.path().join("data");
    let emulators = started(Storage::Directory(path.clone())).await;
    for key in ["a/b", "a/c/caf\u{e9}", "d"] {
        emulators
            .s3()
            .put_object()
            .bucket("provost-files")
            .key(key)
            .body(b"x".to_vec().into())
            .send()
            .await
            .unwrap();
    }
    let upload = emulators
        .s3()
        .create_multipart_upload()
        .bucket("provost-files")
        .key("big")
        .send()
        .await
        .unwrap();
    let part = emulators
        .s3()
        .upload_part()
        .bucket("provost-files")
        .key("big")
        .upload_id(upload.upload_id.unwrap());
    part.part_number(1).body(b"part".to_vec().into()).send().await.unwrap();
    emulators.stop().await;
    std::fs::create_dir(path.join(KEYS)).unwrap();
    for name in ["keys/session", "keys/link.unfinished", "running.json", "streams.json"] {
        std::fs::write(path.join(name), "{}").unwrap();
    }
    (home, path)
}

fn everything(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![path.to_owned()];
    while let Some(folder) = left.pop() {
        for (entry, _, kind) in entries(&folder).unwrap() {
            if kind.is_dir() {
                left.push(entry.clone());
            }
            found.push(entry);
        }
    }
    found.sort();
    found
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_data_of_the_platform_is_deleted() {
    let (_home, path) = full().await;
    let folder = DataFolder::claim(&path).unwrap();
    folder.clear(&keys()).unwrap();
    assert_eq!(everything(&path), [path.join(LOCK), path.join(MARKER)]);
    // A platform can start in it again.
    let emulators =
        Emulators::start_with(Storage::Folder(folder), Endpoints::default()).await.unwrap();
    emulators.stop().await;
}

#[tokio::test]
async fn nothing_is_deleted_if_there_are_other_files() {
    for foreign in [
        "thesis.txt",
        ".bashrc",
        "keys/id_ed25519",
        "s3/notes.txt",
        "s3/holiday/beach.jpg",
        "s3/provost-files/a/thesis.txt",
        "s3/provost-other/x",
        "lock.d/x",
    ] {
        let (_home, path) = full().await;
        let file = path.join(foreign);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "years of work").unwrap();
        let before = everything(&path);
        let folder = DataFolder::claim(&path).unwrap();
        let refused = folder.clear(&keys()).unwrap_err().to_string();
        let named = foreign.split('/').next().unwrap();
        assert!(refused.contains(named) && refused.contains("PROVOST_DIRECTORY"), "{refused}");
        assert_eq!(everything(&path), before, "{foreign}");
    }
}

#[tokio::test]
async fn symbolic_links_are_not_followed() {
    let elsewhere = TempDir::new().unwrap();
    std::fs::write(elsewhere.path().join("thesis.txt"), "years of work").unwrap();
    for link in [
        "dynamodb.sqlite-wal",
        "keys/session",
        "s3/provost-files/a/b",
        "s3/provost-linked",
        "running.json",
    ] {
        let (_home, path) = full().await;
        let _ = std::fs::remove_file(path.join(link));
        std::os::unix::fs::symlink(elsewhere.path(), path.join(link)).unwrap();
        let folder = DataFolder::claim(&path).unwrap();
        assert!(folder.clear(&keys()).unwrap_err().to_string().contains(link), "{link}");
    }
    let (home, path) = full().await;
    std::os::unix::fs::symlink(&path, home.path().join("link")).unwrap();
    let folder = DataFolder::claim(&home.path().join("link")).unwrap();
    assert!(folder.clear(&keys()).unwrap_err().to_string().contains("symbolic link"));
    assert!(path.join(TABLES).exists() && elsewhere.path().join("thesis.txt").exists());
}

#[test]
fn a_folder_with_other_files_is_not_claimed() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("thesis.txt"), "years of work").unwrap();
    std::fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    let refused = DataFolder::claim(home.path()).unwrap_err().to_string();
    assert!(refused.contains("thesis.txt") && refused.contains("PROVOST_DIRECTORY"), "{refused}");
    assert_eq!((everything(home.path()).len(), mode(home.path())), (1, 0o755));
    let file = home.path().join("thesis.txt");
    assert!(DataFolder::claim(&file).is_err());
    assert_eq!(std::fs::read_to_string(file).unwrap(), "years of work");
}

#[test]
fn a_lock_that_is_a_link_is_not_written_to() {
    let home = TempDir::new().unwrap();
    let (path, target) = (home.path().join("data"), home.path().join("thesis.txt"));
    std::fs::write(&target, "years of work").unwrap();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join(MARKER), r#"{"format":1}"#).unwrap();
    std::os::unix::fs::symlink(&target, path.join(LOCK)).unwrap();
    assert!(DataFolder::claim(&path).unwrap_err().to_string().contains("lock"));
    assert_eq!(std::fs::read_to_string(target).unwrap(), "years of work");
}

#[tokio::test]
async fn only_the_owner_can_read_the_folder() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("data");
    let emulators = started(Storage::Directory(path.clone())).await;
    emulators
        .s3()
        .put_object()
        .bucket("provost-files")
        .key("a/b")
        .body(b"x".to_vec().into())
        .send()
        .await
        .unwrap();
    assert_eq!(mode(&path), 0o700);
    for entry in everything(&path) {
        assert_eq!(mode(&entry) & 0o077, 0, "{}", entry.display());
    }
    emulators.stop().await;
}

#[tokio::test]
async fn a_folder_of_an_earlier_release_is_claimed_and_made_private() {
    let (_home, path) = full().await;
    std::fs::remove_file(path.join(MARKER)).unwrap();
    for entry in everything(&path) {
        std::fs::set_permissions(
            &entry,
            Permissions::from_mode(if entry.is_dir() { 0o755 } else { 0o644 }),
        )
        .unwrap();
    }
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    drop(DataFolder::claim(&path).unwrap());
    assert_eq!(mode(&path), 0o700);
    for entry in everything(&path) {
        assert_eq!(mode(&entry) & 0o077, 0, "{}", entry.display());
    }
    assert!(path.join(MARKER).exists());
}

#[test]
fn a_folder_of_a_later_release_is_not_changed() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("data");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join(MARKER), r#"{"format": 2, "more": true}"#).unwrap();
    assert!(DataFolder::claim(&path).unwrap_err().to_string().contains("later release"));
    // An empty marker of a killed start is written again.
    std::fs::write(path.join(MARKER), "").unwrap();
    drop(DataFolder::claim(&path).unwrap());
    assert!(std::fs::read_to_string(path.join(MARKER)).unwrap().contains("format"));
}

#[test]
fn only_one_process_uses_the_folder_and_errors_name_it() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("data");
    let first = DataFolder::claim(&path).unwrap();
    let refused = DataFolder::claim(&path).unwrap_err().to_string();
    assert!(
        refused.contains("another process uses it")
            && refused.contains(&std::process::id().to_string()),
        "{refused}"
    );
    drop(first);
    DataFolder::claim(&path).unwrap();
}

#[test]
fn an_error_of_the_system_is_reported() {
    // Nobody, not even root, can create a folder there.
    let refused = DataFolder::claim(Path::new("/proc/provost/data")).unwrap_err().to_string();
    assert!(refused.contains("/proc/provost/data"), "{refused}");
}
