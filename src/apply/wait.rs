//! Waiting for something, with a deadline.

use std::convert::Infallible;
use std::time::Duration;

use crate::host::Host;

/// Between two looks of [`wait`].
const PAUSE: Duration = Duration::from_millis(200);

/// Looks whether `test` holds, every `pause`, until it does or `limit` is over.
/// It is looked at least once, and once more at the end.
///
/// # Errors
/// Those of `test`, at once.
pub fn until<E>(
    host: &dyn Host,
    limit: Duration,
    pause: Duration,
    mut test: impl FnMut() -> Result<bool, E>,
) -> Result<bool, E> {
    let begin = host.now();
    loop {
        if test()? {
            return Ok(true);
        }
        if host.now().duration_since(begin).unwrap_or_default() >= limit {
            return Ok(false);
        }
        host.sleep(pause);
    }
}

/// Looks a few times a second whether `test` holds, until it does or `limit` is over.
pub fn wait(host: &dyn Host, limit: Duration, mut test: impl FnMut() -> bool) -> bool {
    let waited = until(host, limit, PAUSE, || Ok::<_, Infallible>(test()));
    waited.unwrap_or_else(|never| match never {})
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn it_ends_with_what_is_waited_for_the_deadline_or_an_error() {
        let host = Scripted::new();
        let (limit, pause) = (Duration::from_secs(10), Duration::from_secs(1));
        let mut looks = 0;
        let came = until(&host, limit, pause, || {
            looks += 1;
            Ok::<_, ()>(looks == 3)
        });
        assert_eq!((came, looks), (Ok(true), 3));
        let mut looks = 0;
        let came = until(&host, limit, pause, || {
            looks += 1;
            Ok::<_, ()>(false)
        });
        assert_eq!((came, looks), (Ok(false), 11));
        assert_eq!(until(&host, limit, pause, || Err("gone")), Err("gone"));
    }
}
