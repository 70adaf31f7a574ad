//! Which controller this is: what tells it from another one that is called the same
//! and has its folder at the same place, as every laptop may.
//!
//! A random word, drawn once, is kept in the fleet's folder beside what it holds for:
//! this machine, and the very file that commands of this folder lock. So a folder that
//! was copied, carried to another machine or restored is another controller's, which
//! draws a word of its own; one that was cut off, also by a loss of power, is the same
//! as before.

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use crate::error::{Exit, Failure};
use crate::facts::identity::MACHINE_ID;
use crate::host::digest::{hex, sha256};

/// The file with it.
const FILE: &str = ".controller.json";

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The word.
    id: String,
    /// SHA-256 made with the machine's id: machine-id(5) asks not to tell the id itself.
    machine: String,
    /// The inode of the file that is locked.
    lock: u64,
}

/// This controller's word, drawn where there is none that holds. `lock`: the name of the
/// folder's lock, which is held meanwhile.
///
/// # Errors
/// When it cannot be drawn or kept.
pub fn id(folder: &Folder<'_>, lock: &str) -> Result<String, Failure> {
    let host = folder.host;
    let path = folder.path(lock);
    let inode = host
        .inode(&path)
        .map_err(|error| Failure::new(Exit::Usage, format!("{path}: {error}")))?;
    let machine = MACHINE_ID.iter().find_map(|path| {
        let text = String::from_utf8(host.read(path).ok()?).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| sha256(format!("groundcrew fleet {text}").as_bytes()))
    });
    let machine = machine.unwrap_or_default();
    let kept = folder.read(FILE)?;
    let kept = kept.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
    if let Some(kept) = kept
        && (&kept.machine, kept.lock) == (&machine, inode)
        && !kept.id.is_empty()
    {
        return Ok(kept.id);
    }
    let drawn = Kept {
        id: hex(&host.random(16).map_err(Failure::unexpected)?),
        machine,
        lock: inode,
    };
    let path = folder.path(FILE);
    let text = serde_json::to_vec(&drawn).map_err(Failure::unexpected)?;
    host.write_atomic(&path, &text, 0o600)
        .map_err(|error| Failure::new(Exit::Usage, format!("{path}: {error}")))?;
    Ok(drawn.id)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::host::Live;

    const LOCK: &str = ".apply.lock";

    fn id_in(dir: &Path) -> String {
        let folder = Folder::new(&Live, dir.to_str().unwrap());
        drop(folder.host.lock(&folder.path(LOCK), "note").unwrap());
        id(&folder, LOCK).unwrap()
    }

    #[test]
    fn a_folder_keeps_its_word_and_whoever_copies_it_draws_another() {
        let dir = tempfile::tempdir().unwrap();
        let folder = |name: &str| dir.path().join(name);
        fs::create_dir(folder("own")).unwrap();
        let own = id_in(&folder("own"));
        // A command that was cut off, and the next one.
        assert_eq!(id_in(&folder("own")), own);
        let copy = |to: &str| {
            fs::create_dir_all(folder(to)).unwrap();
            for file in [LOCK, FILE] {
                fs::copy(folder("own").join(file), folder(to).join(file)).unwrap();
            }
        };
        copy("copied");
        let copied = id_in(&folder("copied"));
        assert_ne!(copied, own);
        assert_eq!(id_in(&folder("copied")), copied);
        // Carried to a machine that shows no lock file's number twice, by chance the same.
        let text = fs::read_to_string(folder("own").join(FILE)).unwrap();
        let mut kept: Kept = serde_json::from_str(&text).unwrap();
        kept.machine = "another".to_owned();
        fs::write(
            folder("own").join(FILE),
            serde_json::to_string(&kept).unwrap(),
        )
        .unwrap();
        assert_ne!(id_in(&folder("own")), own);
        // Moved as it is, it is what it was.
        let own = id_in(&folder("own"));
        fs::rename(folder("own"), folder("moved")).unwrap();
        assert_eq!(id_in(&folder("moved")), own);
        // Damaged, it is none; nobody is told another machine's id by it.
        fs::write(folder("moved").join(FILE), "{").unwrap();
        assert_ne!(id_in(&folder("moved")), own);
        if let Ok(machine) = fs::read_to_string(MACHINE_ID[0]) {
            let text = fs::read_to_string(folder("moved").join(FILE)).unwrap();
            assert!(machine.trim().is_empty() || !text.contains(machine.trim()));
        }
    }
}
