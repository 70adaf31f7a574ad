//! The Ansible collection, carried in the program, so that one file is enough.

use crate::error::Failure;
use crate::host::Host;
use crate::host::digest::hex;

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/ansible/", $path)))),+]
    };
}

/// The files of the collection by their paths in it, those that Ansible reads.
pub const FILES: &[(&str, &str)] = files![
    "galaxy.yml",
    "meta/runtime.yml",
    "playbooks/inspect.yml",
    "playbooks/run.yml",
    "plugins/action/inspect.py",
    "plugins/action/run.py",
    "plugins/callback/lines.py",
    "plugins/doc_fragments/target.py",
    "plugins/modules/inspect.py",
    "plugins/modules/run.py",
    "plugins/plugin_utils/bounds.py",
    "plugins/plugin_utils/given.py",
    "plugins/plugin_utils/receive.sh",
    "plugins/plugin_utils/remote.py",
    "plugins/plugin_utils/results.py",
    "plugins/plugin_utils/target.py",
    "plugins/plugin_utils/why.py",
    "roles/inspect/defaults/main.yml",
    "roles/inspect/meta/main.yml",
    "roles/inspect/tasks/main.yml",
];

/// Where Ansible looks for a collection beside a playbook.
const PLACE: &str = "collections/ansible_collections/groundcrew/fleet";

/// A private folder that is removed with all that is in it when this is dropped.
pub struct Workspace<'a> {
    host: &'a dyn Host,
    path: String,
}

impl<'a> Workspace<'a> {
    /// Makes it below `TMPDIR` or /tmp, 0700, under a name that nobody can foresee.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(host: &'a dyn Host) -> Result<Self, Failure> {
        let below = host.env("TMPDIR").filter(|path| path.starts_with('/'));
        let below = below.unwrap_or_else(|| "/tmp".into());
        let word = hex(&host.random(16).map_err(Failure::unexpected)?);
        let path = format!("{}/groundcrew-{word}", below.trim_end_matches('/'));
        let failed = |error| Failure::unexpected(format!("{path}: {error}"));
        host.make_dir(&path, 0o700).map_err(failed)?;
        Ok(Self { host, path })
    }

    /// The path of a file or folder in it.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// Writes a file in it, with the folders that it needs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        for (at, _) in name.match_indices('/') {
            let folder = self.path(name.get(..at).unwrap_or_default());
            match self.host.make_dir(&folder, 0o700) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(Failure::unexpected(format!("{folder}: {error}")));
                }
                _ => {}
            }
        }
        let path = self.path(name);
        let written = self.host.write_atomic(&path, content, 0o600);
        written.map_err(|error| Failure::unexpected(format!("{path}: {error}")))
    }

    /// Writes the collection and a playbook that imports the collection's `name`;
    /// that playbook's path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn playbook(&self, name: &str) -> Result<String, Failure> {
        for (path, content) in FILES {
            self.write(&format!("{PLACE}/{path}"), content.as_bytes())?;
        }
        let file = format!("{name}.yml");
        let text = format!(
            "---\n- name: The collection's playbook\n  ansible.builtin.import_playbook: \
             {PLACE}/playbooks/{file}\n"
        );
        self.write(&file, text.as_bytes())?;
        Ok(self.path(&file))
    }
}

impl Drop for Workspace<'_> {
    fn drop(&mut self) {
        remove(self.host, &self.path);
    }
}

/// Removes a folder with what is in it; links are removed, not followed.
pub fn remove(host: &dyn Host, folder: &str) {
    for name in host.list(folder).unwrap_or_default() {
        let path = format!("{folder}/{name}");
        let is_folder = host
            .meta(&path)
            .is_ok_and(|meta| meta.kind == crate::host::FileKind::Directory);
        if is_folder {
            remove(host, &path);
        } else {
            let _ = host.remove_file(&path);
        }
    }
    let _ = host.remove_dir(folder);
}
