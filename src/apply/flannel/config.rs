//! Flannel's configuration in etcd: compared, and deleted by who wrote it.

use crate::apply::error::StepError;
use crate::apply::etcd;
use crate::host::Host;
use crate::host::command::shell_words;
use crate::plan::overlay::flannel::act::Act;
use crate::plan::overlay::flannel::client::Client;

/// Deletes Flannel's configuration, which this run wrote, where nobody lives by
/// it any more.
pub(super) fn unconfigure(
    host: &dyn Host,
    etcd: &Client,
    api: u8,
    prefix: &str,
    of_site: bool,
) -> Result<Option<String>, StepError> {
    let key = format!("{prefix}/config");
    if !of_site {
        // Without etcd there is nothing that could be deleted; with it, others
        // may still live by the key.
        let others = etcd::leases(host, etcd, api, prefix).is_ok_and(|all| !all.is_empty());
        let alone = etcd::members(host, etcd).is_ok_and(|members| members.len() == 1);
        if alone && !others {
            etcd::delete(host, etcd, api, &key)?;
        }
        return Ok(None);
    }
    // The site's own cluster outlives this node.
    Ok(match etcd::leases(host, etcd, api, prefix) {
        Ok(leases) if leases.is_empty() => {
            etcd::delete(host, etcd, api, &key)?;
            None
        }
        Ok(leases) => Some(format!(
            "{key} stays in etcd at {etcd}: {} leases of other nodes hang on it. Delete it once \
             they are taken back, too: {}",
            leases.len(),
            delete_by_hand(etcd, api, &key),
        )),
        Err(error) => Some(format!(
            "whether other nodes live by {key} could not be told, so it stays: {error}"
        )),
    })
}

fn delete_by_hand(etcd: &Client, api: u8, key: &str) -> String {
    let (version, verb) = if api == 2 { ("2", "rm") } else { ("3", "del") };
    let mut argv = vec!["etcdctl".to_owned()];
    argv.extend(etcd.etcdctl(api));
    argv.extend([verb, key].map(str::to_owned));
    format!("ETCDCTL_API={version} {}", shell_words(&argv))
}

pub(super) fn same(found: &str, wanted: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    json(found).is_some_and(|found| Some(found) == json(wanted))
}

pub(super) fn other_configuration(act: &Act, found: &str) -> StepError {
    let Act::Configure {
        prefix,
        value,
        of_site,
        etcd,
        ..
    } = act
    else {
        return StepError::Told(format!("etcd holds {found}"));
    };
    let remedy = if *of_site {
        "it is not overwritten: change the answers of this node, or give it another \
         overlay.flannel.etcd-prefix"
    } else {
        "all nodes share it; change the answers of this node, or take all nodes back before it \
         is changed"
    };
    StepError::Told(format!(
        "{prefix}/config in etcd is {found}, and {value} is wanted: {remedy} (etcd at {etcd})"
    ))
}
