//! Parsers on what real daemons and distributions wrote. The recordings stand
//! beside the project; without them these tests say so and do nothing.

use std::fs;
use std::path::{Path, PathBuf};

use groundcrew::facts::capabilities::{Setting, parse_config, parse_loaded};
use groundcrew::facts::docker::Docker;
use groundcrew::facts::{Fact, collect, release};
use groundcrew::host::Scripted;
use groundcrew::host::http::parse_response;

/// A folder of the recordings.
fn recorded(folder: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let root = std::env::var_os("GROUNDCREW_SHARED").map_or(beside, PathBuf::from);
    let path = root.join("data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!(
        "NOT RUN: {} is not there (GROUNDCREW_SHARED names its parent)",
        path.display()
    );
    None
}

/// A recorded answer as it went over the socket: the client that recorded it
/// had put chunks together, and names of folders were changed afterwards, so
/// the length is set anew.
fn answer(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let body = &bytes[end + 4..];
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let lines = head.lines().filter(|line| {
        !line.starts_with("Content-Length:") && !line.starts_with("Transfer-Encoding:")
    });
    let head = lines.collect::<Vec<_>>().join("\r\n");
    let length = format!("\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), length.as_bytes(), body].concat()
}

const SOCKET: &str = "/var/run/docker.sock";

/// A host whose Docker gives the recorded answers.
fn daemon(folder: &str) -> Option<Docker> {
    let folder = recorded("docker")?.join(folder);
    let read = |name: &str| answer(&folder.join(name));
    let host = Scripted::new()
        .answer(SOCKET, "GET /_ping ", read("http__ping.txt"))
        .answer(SOCKET, "GET /version ", read("http_version.txt"))
        .answer(SOCKET, "GET /info ", read("http_info.txt"));
    Some(collect(&host).docker)
}

fn text(fact: &Fact<String>) -> Option<&str> {
    fact.value().map(String::as_str)
}

#[test]
fn daemons_of_all_ages() {
    for (folder, version, api, driver, cgroup, swarm) in [
        ("docker-1.7.1", "1.7.1", "1.19", "vfs", None, None),
        (
            "docker-20.10.24",
            "20.10.24+dfsg1",
            "1.41",
            "overlay2",
            Some("cgroupfs"),
            Some("inactive"),
        ),
        (
            "docker-26.1.5",
            "26.1.5+dfsg1",
            "1.45",
            "overlay2",
            Some("cgroupfs"),
            Some("inactive"),
        ),
        (
            "docker-28.5.2",
            "28.5.2+dfsg4",
            "1.51",
            "overlay2",
            Some("cgroupfs"),
            Some("inactive"),
        ),
    ] {
        let Some(docker) = daemon(folder) else { return };
        assert_eq!(docker.installed.value(), Some(&true), "{folder}");
        assert_eq!(docker.running.value(), Some(&true), "{folder}");
        assert_eq!(text(&docker.engine), Some("docker"), "{folder}");
        assert_eq!(text(&docker.version), Some(version), "{folder}");
        assert_eq!(text(&docker.api_version), Some(api), "{folder}");
        assert_eq!(text(&docker.storage_driver), Some(driver), "{folder}");
        assert_eq!(text(&docker.cgroup_driver), cgroup, "{folder}");
        assert_eq!(text(&docker.swarm), swarm, "{folder}");
        assert_eq!(docker.containers.value(), Some(&0), "{folder}");
        assert_eq!(text(&docker.root_dir), Some("/srv/test"), "{folder}");
    }
}

#[test]
fn podman_is_not_taken_for_docker() {
    let Some(docker) = daemon("podman-4.3.1") else {
        return;
    };
    assert_eq!(text(&docker.engine), Some("podman"));
    assert_eq!(docker.installed.value(), Some(&false));
    assert_eq!(docker.version.value(), None);
    let folder = recorded("docker").unwrap().join("podman-4.3.1");
    let ping = answer(&folder.join("http__ping.txt"));
    let host = Scripted::new().answer(SOCKET, "GET /_ping ", ping);
    assert_eq!(collect(&host).os.podman.value(), Some(&true));
}

#[test]
fn every_answer_can_be_read_and_every_beginning_of_it_is_refused_or_read() {
    let Some(folder) = recorded("docker") else {
        return;
    };
    let mut seen = 0;
    for daemon in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if !daemon.is_dir() {
            continue;
        }
        for file in fs::read_dir(daemon)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("http_") {
                continue;
            }
            let bytes = answer(&file);
            let whole = parse_response(&bytes).unwrap_or_else(|e| panic!("{file:?}: {e}"));
            assert!((200..600).contains(&whole.status), "{file:?}");
            seen += 1;
            for length in 0..bytes.len() {
                // A body that was cut off must not pass for a whole one.
                if let Ok(part) = parse_response(&bytes[..length]) {
                    assert_eq!(part.body, whole.body, "{file:?} cut to {length}");
                }
            }
        }
    }
    assert!(seen >= 35, "{seen}");
}

/// The value as the file writes it, quotes aside: enough for these files.
fn plain(text: &str, key: &str) -> Option<String> {
    let mut lines = text
        .lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let value = lines.next_back()?.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_string())
}

#[test]
fn os_release_files_of_many_distributions() {
    let Some(folder) = recorded("recorded/os_release") else {
        return;
    };
    let mut seen = 0;
    for file in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if file.ends_with("LICENSE") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let release = release::os_release(&text);
        assert_eq!(Some(release.id), plain(&text, "ID"), "{file:?}");
        assert_eq!(release.version, plain(&text, "VERSION_ID"), "{file:?}");
        seen += 1;
    }
    assert!(seen > 140, "{seen}");
}

#[test]
fn families_of_real_release_files() {
    let Some(folder) = recorded("recorded/os_release") else {
        return;
    };
    for (name, family) in [
        ("alma_10", "el10"),
        ("amazon_2", "amzn2"),
        ("amazon_2018", "amzn1"),
        ("amazon_2023", "other"),
        ("centos_7", "el7"),
        ("centos_stream_9", "el9"),
        ("debian_7", "debian"),
        ("fedora_43", "other"),
        ("kali_2025_4", "other"),
        ("oracle_8", "el8"),
        ("raspbian_11", "other"),
        ("redhat_7", "el7"),
        ("rocky_9", "el9"),
        ("scientific_7", "el7"),
        ("sles_15", "sles"),
        ("ubuntu_1404", "ubuntu"),
        ("virtuozzo_7", "other"),
        ("xcp-ng_8", "other"),
    ] {
        let text = fs::read(folder.join(name)).unwrap();
        let facts = collect(&Scripted::new().file("/etc/os-release", text));
        assert_eq!(facts.os.family.value().unwrap(), family, "{name}");
    }
}

#[test]
fn files_from_before_os_release() {
    let Some(folder) = recorded("recorded/python-distro") else {
        return;
    };
    for (name, id, version) in [
        ("rhel5", "rhel", "5.11"),
        ("rhel6", "rhel", "6.5"),
        ("centos5", "centos", "5.11"),
        ("scientific6", "scientific", "6.4"),
        ("cloudlinux6", "cloudlinux", "6.8"),
        ("amazon2014", "amzn", "2014.03"),
        ("oracle7", "ol", "7.5"),
        ("ubuntu14", "ubuntu", "14.04"),
        ("sles12", "sles", "12.1"),
    ] {
        let mut host = Scripted::new();
        for file in fs::read_dir(folder.join(name).join("etc")).unwrap() {
            let file = file.unwrap();
            if file.path().is_file() {
                let path = format!("/etc/{}", file.file_name().to_string_lossy());
                host = host.file(&path, fs::read(file.path()).unwrap());
            }
        }
        let facts = collect(&host);
        assert_eq!(text(&facts.os.id), Some(id), "{name}");
        assert_eq!(text(&facts.os.version), Some(version), "{name}");
    }
}

#[test]
fn kernel_configurations_and_module_lists() {
    let Some(folder) = recorded("recorded/insights-core") else {
        return;
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let config = parse_config(&read("test_kernel_config/KERNEL_CONFIG_2.txt")).unwrap();
    assert!(config.values().any(|setting| *setting == Setting::BuiltIn));
    assert_eq!(
        parse_config(&read("test_kernel_config/KERNEL_CONFIG_NO.txt")),
        None
    );
    assert!(parse_loaded(&read("test_lsmod/LSMODINFO.txt")).len() > 5);
}
