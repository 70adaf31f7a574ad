//! The hash by which a host that joins knows the cluster: that of the public key
//! of its certificate authority (RFC 7469's pin, in hexadecimal).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::apply::error::StepError;
use crate::host::Host;
use crate::host::digest::sha256;
use crate::plan::scheduler::kubernetes::act::CA;

/// `sha256:` and the hash of the certificate authority of this host's cluster.
///
/// # Errors
/// When its certificate cannot be read.
pub fn hash(host: &dyn Host) -> Result<String, StepError> {
    let bytes = host.read(CA).map_err(|e| StepError::file(CA, e))?;
    let text = String::from_utf8_lossy(&bytes);
    of_pem(&text).ok_or_else(|| StepError::Told(format!("{CA} holds no certificate")))
}

/// The hash of the first certificate of a PEM file.
pub(super) fn of_pem(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    let digest = sha256(public_key(&der)?);
    Some(format!("sha256:{digest}"))
}

/// SubjectPublicKeyInfo of a certificate in DER (RFC 5280 4.1): the seventh part
/// of its first part, or the sixth where it has no version.
fn public_key(der: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (tag, certificate, _, _) = element(der)?;
    let (inner, tbs, _, _) = element(certificate)?;
    if (tag, inner) != (SEQUENCE, SEQUENCE) {
        return None;
    }
    let mut rest = tbs;
    // Serial number, algorithm, issuer, validity, subject.
    let mut before = 5;
    loop {
        let (tag, _, whole, after) = element(rest)?;
        if tag != VERSION {
            if before == 0 {
                return (tag == SEQUENCE).then_some(whole);
            }
            before -= 1;
        }
        rest = after;
    }
}

/// An element: its tag, its content, all of it, and what follows.
type Element<'a> = (u8, &'a [u8], &'a [u8], &'a [u8]);

/// The first element.
fn element(der: &[u8]) -> Option<Element<'_>> {
    let (tag, length) = (*der.first()?, *der.get(1)?);
    let (begin, length) = match length {
        0..=0x7f => (2, usize::from(length)),
        0x81..=0x84 => {
            let bytes = usize::from(length & 0x7f);
            let digits = der.get(2..2 + bytes)?;
            let length = digits
                .iter()
                .fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
            (2 + bytes, length)
        }
        _ => return None,
    };
    let end = begin.checked_add(length)?;
    Some((tag, der.get(begin..end)?, der.get(..end)?, der.get(end..)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::host::Scripted;

    /// A certificate authority that `kubeadm init phase certs ca` of 1.20.2 has
    /// made; its key was thrown away.
    pub const PEM: &str = "-----BEGIN CERTIFICATE-----
MIIC5zCCAc+gAwIBAgIBADANBgkqhkiG9w0BAQsFADAVMRMwEQYDVQQDEwprdWJl
cm5ldGVzMB4XDTI2MTEyNTIxMDYyOVoXDTM2MTEyMjIxMDYyOVowFTETMBEGA1UE
AxMKa3ViZXJuZXRlczCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBALwT
MDZF+FBvuhW4Ez5lB7TX66UBpAa5rFoSrSRFmaxszLBoS5bmJzrIltxCaHvjNYJ8
D1ZeThJES+EnkosbU/7h/h+eUoPKTseJt9lU/GlQ8GAkAwA30+83XYfATuX40ve4
muuoE9ijD1hWdYffUmGNXCJ3yQyehfz7nucDGxcdU0/+83dtOUthcPXkgGC8vf/9
msbdtSP+5eVmYmykbKAXySJUhaiuz2BXd0TI0+QMZpYrI6nLzp/ipv4AYigT79Up
qiTutU7IgEBltk8g7fL07ROIbcrvgn2AxOtUmwOkLpzoxKyywxeU5rjkvI+1dPG7
2rZibFmzrOpSpNXDOXcCAwEAAaNCMEAwDgYDVR0PAQH/BAQDAgKkMA8GA1UdEwEB
/wQFMAMBAf8wHQYDVR0OBBYEFI0BM9Xa8LxF0M3GULq8d2QgeLJMMA0GCSqGSIb3
DQEBCwUAA4IBAQAnot/1fUul4sLQz8W3YjPBUPF+lKC1sVunurdmpNx8MLmQ3nag
AvUW0wafwGn6X2LPzAfebmQlOJvxXws6TdDeVPVmbv0SoMbPSgVTSBoW2qVJEVjF
w2nT//k7bjVvdjaWn3ihrlkZBMLMjoBdhHO+lbefDjuTqN0WQcx0bm7bRIihLOa7
VNaWGpiMybyikFFrWf1bJCIOB6w2jxTKY0B7fu3rjFLHQz7xnKNr5FO6e5omf2HR
QIzUc9qdj+P39Dw1Ag+EI0hiG+jFvzIOmiS9JgjZ86lnfEjjTapypfnb0d2otYJc
7onemKgboq94xK0Wb6LKCbs3Xl0ebmsp5zK1
-----END CERTIFICATE-----
";
    /// Its hash, as `openssl x509 -pubkey | openssl pkey -pubin -outform der |
    /// sha256sum` says.
    pub const HASH: &str =
        "sha256:aafc43ec439cc081df2d40fb08a81029e14a9dde5548a36524eafe5072ee6ea5";

    #[test]
    fn the_hash_is_the_one_that_openssl_computes() {
        let host = Scripted::new().file(CA, PEM);
        assert_eq!(hash(&host).unwrap(), HASH);
    }

    #[test]
    fn what_is_no_certificate_has_no_hash() {
        let cut = PEM.replace("MIIC5zCCAc+g", "");
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            &cut,
        ] {
            let host = Scripted::new().file(CA, text);
            assert!(hash(&host).is_err(), "{text}");
        }
        assert!(hash(&Scripted::new()).is_err());
        // A length that leads out of the file.
        assert_eq!(public_key(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(public_key(&[0x30, 0x80]), None);
    }
}
