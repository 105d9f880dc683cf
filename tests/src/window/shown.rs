//! What a failed test tells of the window: what it showed instead of what was waited for.

use std::path::Path;
use std::time::Duration;

use super::Window;

/// How long a page may take to say what it shows; one that died says nothing.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// Lines of each log.
const LINES: usize = 15;

impl Window {
    /// Address, state, test ids and first words of the page, and the ends of the logs.
    pub async fn shown(&self) -> String {
        const SCRIPT: &str = "return [
            `at ${location.href}, ${document.readyState}`,
            [...document.querySelectorAll('[data-testid]')].slice(0, 40)
                .map(e => e.dataset.testid).join(' '),
            (document.body?.innerText ?? '(no body)').slice(0, 300),
        ].join('\\n');";
        let asked = self.client.execute(SCRIPT, vec![]);
        let page = match tokio::time::timeout(SILENCE, asked).await {
            Ok(Ok(text)) => text.as_str().unwrap_or_default().to_owned(),
            Ok(Err(error)) => format!("a page that cannot be asked: {error}"),
            Err(_) => format!("a page that says nothing for {} s", SILENCE.as_secs()),
        };
        let logs = self.logs.iter().map(|log| end_of(log));
        let told = std::iter::once(format!("the window shows {page}")).chain(logs);
        told.collect::<Vec<_>>().join("\n")
    }
}

/// The last lines of a log, under its name.
fn end_of(log: &Path) -> String {
    let text = match std::fs::read(log) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => error.to_string(),
    };
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(LINES));
    let last: Vec<&str> = last.copied().collect();
    format!("--- {}\n{}", log.display(), last.join("\n"))
}
