//! Keys of a deployment: generated once and stored in files that only their owner can read, or
//! printed with the commands that store them on AWS.

use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use provost_app::{KeySource, key_source::STRIPE_WEBHOOK};
use provost_auth::secret;

use crate::{Failed, operator};

/// The names of the files that [`ensure`] writes.
///
/// # Errors
/// When the system's random source fails.
pub fn names() -> Result<Vec<String>, Failed> {
    Ok(KeySource::generate()?.into_keys().chain([STRIPE_WEBHOOK.to_owned()]).collect())
}

/// Generates the missing keys, each in its own file.
///
/// # Errors
/// When the directory cannot be written.
pub fn ensure(directory: &Path) -> Result<(), Failed> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    for (name, key) in KeySource::generate()? {
        let path = directory.join(name);
        if path.exists() {
            continue;
        }
        write_private(&path, &key)?;
    }
    // Stripe has a different secret for each endpoint; to forward its events to this machine, write
    // that secret into the file.
    let webhook = directory.join(STRIPE_WEBHOOK);
    if !webhook.exists() {
        write_private(&webhook, &format!("whsec_{}", secret::token()?))?;
    }
    Ok(())
}

/// Atomically writes a file that only its owner can read.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failed> {
    let unfinished = path.with_extension("unfinished");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(())
}

/// Prints new keys and the commands that store them on AWS.
///
/// # Errors
/// When the system's random source fails, or the output cannot be written.
pub fn print() -> Result<(), Failed> {
    let keys = KeySource::generate()?;
    let public = serde_json::to_string(&KeySource::public(&keys)?)?;
    let mut text = String::from(
        "# These are secrets. Run the lines, but do not keep them in a file or a shell history. `infra/deploy/keys.sh` does the same without showing them.\n",
    );
    for (name, key) in &keys {
        text.push_str(&format!("aws ssm put-parameter --type SecureString --no-overwrite --name /provost/keys/{name} --value '{key}'\n"));
    }
    text.push_str(&format!(
        "\n# Not secret: the value of the template's parameter PublicKeys.\n{public}"
    ));
    operator::notify(&text)
}
