//! The image that verification starts a container of on each node: one program
//! of 161 bytes that sleeps for ten minutes and ends. It is loaded on each node
//! by itself, so that no registry is needed, and is the same bytes everywhere,
//! so that it has the same id everywhere: Docker asks no registry for an image
//! that is named by its id.

use serde_json::json;

use crate::host::digest::sha256;

/// Name of the image.
pub const NAME: &str = "groundcrew-probe:1";

/// How long a container of it lives, in seconds: longer than any verification,
/// and no longer than a leftover may.
const SLEEP: u64 = 600;

/// Where the program is in the memory of its process.
const BASE: u64 = 0x40_0000;
/// An ELF header of 64 bytes and one program header of 56 (elf(5)).
const HEADERS: u64 = 120;

/// nanosleep(SLEEP); exit(0) for x86-64; what follows it is the timespec.
const CODE: [u8; 25] = [
    0xb8, 0x23, 0x00, 0x00, 0x00, // mov eax, 35 (nanosleep)
    0x48, 0x8d, 0x3d, 0x0d, 0x00, 0x00, 0x00, // lea rdi, [rip + 13]
    0x31, 0xf6, // xor esi, esi
    0x0f, 0x05, // syscall
    0xb8, 0x3c, 0x00, 0x00, 0x00, // mov eax, 60 (exit)
    0x31, 0xff, // xor edi, edi
    0x0f, 0x05, // syscall
];

/// The program.
fn program() -> Vec<u8> {
    let size = HEADERS + CODE.len() as u64 + 16;
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // ET_EXEC, EM_X86_64
    elf.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for word in [BASE + HEADERS, 64, 0] {
        elf.extend(word.to_le_bytes());
    }
    elf.extend([0; 4]);
    for half in [64u16, 56, 1, 0, 0, 0] {
        elf.extend(half.to_le_bytes());
    }
    // PT_LOAD, readable and executable
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for word in [0, BASE, BASE, size, size, 0x1000] {
        elf.extend(word.to_le_bytes());
    }
    elf.extend(CODE);
    elf.extend(SLEEP.to_le_bytes());
    elf.extend([0; 8]);
    elf
}

fn archive(files: &[(&str, &[u8], u32)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes, mode) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(*mode);
        header.set_mtime(0);
        archive.append_data(&mut header, name, *bytes)?;
    }
    archive.into_inner()
}

/// The image, as `docker save` writes one (moby image/spec/v1.2.md).
///
/// # Errors
/// Never: it is made in memory.
pub fn image() -> std::io::Result<Vec<u8>> {
    let layer = archive(&[("sleep", &program(), 0o755)])?;
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {"Entrypoint": ["/sleep"], "Labels": {"groundcrew": "probe"}},
        "history": [{"created": "1970-01-01T00:00:00Z"}],
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sha256(&layer))]},
    });
    let config = config.to_string();
    let manifest = json!([{"Config": "config.json", "RepoTags": [NAME], "Layers": ["layer.tar"]}]);
    archive(&[
        ("layer.tar", &layer, 0o644),
        ("config.json", config.as_bytes(), 0o644),
        ("manifest.json", manifest.to_string().as_bytes(), 0o644),
    ])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_what_it_says_and_the_image_the_same_each_time() {
        let elf = program();
        assert_eq!(elf.len(), 161);
        // lea's operand leads to the timespec, which is right behind the code.
        let at = HEADERS as usize + CODE.len();
        assert_eq!(elf[at..at + 8], 600u64.to_le_bytes());
        let lea = i32::from_le_bytes(CODE[8..12].try_into().unwrap());
        assert_eq!(12 + lea as usize, CODE.len());
        assert_eq!(image().unwrap(), image().unwrap());
        // Nodes of other versions have this very image.
        assert_eq!(
            sha256(&image().unwrap()),
            "6456855643041517f046ee28568bee33afdb92f5eab40921290cf610c0005d55"
        );
    }
}
