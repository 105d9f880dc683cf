//! English words of failures: title, cause, remedy.

use hoso_contract::Code;

use crate::{Lang, Params, size};

pub(super) fn words(code: Code, p: Params<'_>) -> [String; 3] {
    let [title, cause, remedy] = plain(code);
    if title.is_empty() {
        // tokens have a file of their own; a code without words fails a test
        return super::token::en(code, p);
    }
    let (path, name) = (p.quoted("path"), p.quoted("name"));
    let file = if path.is_empty() { name } else { path };
    let title = match (code, p.number("count"), p.number("seconds")) {
        (Code::BlockedByFindings, Some(n), _) => format!("{n} errors to mend before signing"),
        (Code::TrailBroken, ..) if p.number("seq").is_some() => {
            format!("The trail does not fit from row {} on", p.get("seq"))
        }
        (Code::StoreInUse, ..) if p.given("host").is_some() => {
            format!("The data is open on the PC {}", p.get("host"))
        }
        (Code::DiskRefused, ..) if p.given("path").is_some() => {
            format!("“{}” cannot be written", p.get("path"))
        }
        (Code::ConnectionForeign, ..) => title.to_owned(),
        (Code::TryLater, _, Some(n)) => format!("Wait {n} seconds and try again"),
        _ if file.is_empty() => title.to_owned(),
        _ => format!("{title}:{file}"),
    };
    let pair = |a: &str, b: &str| Some((p.given(a)?, p.given(b)?));
    let cause = match code {
        Code::FileTooLarge => match (p.number("size"), p.number("limit")) {
            (Some(s), Some(l)) => format!(
                "It has {}, at most {} are taken. The dossier is kept.",
                size(s, Lang::En),
                size(l, Lang::En)
            ),
            _ => cause.to_owned(),
        },
        Code::BackupPlaceFull => match (p.number("needed"), p.number("free")) {
            (Some(needed), Some(free)) => format!(
                "It needs {}, {} are left. {cause}",
                size(needed, Lang::En),
                size(free, Lang::En)
            ),
            _ => cause.to_owned(),
        },
        Code::TrailBroken if p.number("seq").is_none() => "All rows chain, but the one held against \
             them is not there: the trail was cut or written anew, or this is the data of another PC \
             or of an older backup. Dossiers still open."
            .to_owned(),
        Code::ModuleWrongArchitecture => match pair("found", "wanted") {
            Some((found, wanted)) => {
                format!("The library is for {found}, the program needs {wanted}. Nothing is lost.")
            }
            None => cause.to_owned(),
        },
        Code::TokenPinLength => match pair("min", "max") {
            Some((min, max)) => {
                format!("The token takes {min} to {max} characters. No try was spent.")
            }
            None => cause.to_owned(),
        },
        Code::DiskRefused if p.given("path").is_some() => "The file is open in another program, or this \
             place cannot be written to. The data in the program is kept."
            .to_owned(),
        Code::PinTooShort => match p.given("min") {
            Some(min) => format!("At least {min} characters are needed. Nothing was changed."),
            None => cause.to_owned(),
        },
        Code::ConnectionForeign => match connection_foreign(p) {
            Some(why) => format!("{why} Nothing was changed."),
            None => cause.to_owned(),
        },
        Code::EnrolmentRefused => match enrolment_refused(p) {
            Some(why) => format!("{why} Dossiers on this PC are kept."),
            None => cause.to_owned(),
        },
        Code::StoreReadOnly => match p.get("why") {
            "disk-full" => "The disk was full when it was unlocked. What was saved is kept; it can be \
                 viewed, exported and backed up."
                .to_owned(),
            "disk-refused" => "Its folder cannot be written to. What was saved is kept; it can be viewed, \
                 exported and backed up."
                .to_owned(),
            _ => cause.to_owned(),
        },
        _ => cause.to_owned(),
    };
    let remedy = match (code, p.get("why")) {
        (Code::DiskRefused, _) if p.given("path").is_some() => {
            "If the file is open in another program (Excel, a PDF reader), close it and try again; else \
             choose another name or folder."
        }
        (Code::ConnectionForeign, "training") => {
            "Choose a file of the real portal; set another PC up for training."
        }
        (Code::ConnectionForeign, "real") => {
            "Choose a file of the training portal; set another PC up for real work."
        }
        (Code::EnrolmentRefused, "signer") => {
            "Ask the treasury who is registered as the account owner, and let that person sign."
        }
        (Code::EnrolmentRefused, "late" | "other") => {
            "Let the account owner sign again at this PC, best with a link."
        }
        (Code::StoreReadOnly, "disk-full") => {
            "Delete files you do not need from the disk, then lock the program and unlock it again."
        }
        (Code::StoreReadOnly, "disk-refused") => {
            "Check the disk, the folder's rights and the virus scanner, then lock the program and unlock \
             it again."
        }
        _ => remedy,
    };
    [title, cause, remedy.to_owned()]
}

/// Why a connection file is not one for this PC, where it is known.
fn connection_foreign(p: Params<'_>) -> Option<String> {
    Some(match (p.get("why"), p.given("valid_to")) {
        ("unit", _) => format!("It lacks this PC’s unit{}.", p.quoted("name")),
        ("treasury", _) => format!("It is another treasury’s{}.", p.quoted("name")),
        ("training", _) => "It is for training, and this PC works with real money.".to_owned(),
        ("real", _) => {
            "It is for real work, and this PC is for training: practice never becomes real."
                .to_owned()
        }
        ("codes", _) => {
            "The portal no longer takes this PC, and the file has no code it has not had."
                .to_owned()
        }
        ("older", Some(day)) => {
            format!("It is older than the one in use: it could be taken until {day}.")
        }
        (_, Some(day)) => format!("It ended on {day}."),
        _ => return None,
    })
}

/// Why the account owner's signature did not bring this PC in, where it is known.
fn enrolment_refused(p: Params<'_>) -> Option<&'static str> {
    Some(match p.get("why") {
        "signer" => {
            "By the treasury’s register, who signed is not the unit’s account owner on that day."
        }
        "late" => "The signature is older than 7 days, and the portal was not reached before.",
        "other" => "It was made for another PC, or for an address of before.",
        _ => return None,
    })
}

fn plain(code: Code) -> [&'static str; 3] {
    use Code as C;
    match code {
        C::Internal => [
            "The program failed",
            "What you did last was not finished. Everything saved is kept.",
            "Try once more. If it fails again, open the problem report for support.",
        ],
        C::Stale => [
            "The dossier was changed elsewhere",
            "The screen is older than what is saved, so nothing was overwritten.",
            "Copy what you just typed if you need it, then reload to see the latest version and go on.",
        ],
        C::NotFound => [
            "This item was not found",
            "It may have been deleted or belong to another unit. Nothing else is affected.",
            "Reload the list and check which unit is chosen.",
        ],
        C::WrongState => [
            "The dossier is at another step",
            "This cannot be done at its present step. The dossier is kept.",
            "Reload to see where it stands.",
        ],
        C::BlockedByFindings => [
            "Errors to mend before signing",
            "The treasury would not take the voucher like this. The dossier is kept.",
            "Mend each marked field and submit again.",
        ],
        C::Locked => [
            "The program is locked",
            "The data is encrypted while locked. Everything saved is kept.",
            "Choose your name and type your unlock code.",
        ],
        C::WrongPin => [
            "Wrong unlock code",
            "This is not the token’s PIN; no try of the token was spent. The data is untouched.",
            "Check Caps Lock and the keyboard, or use the printed recovery code.",
        ],
        C::TryLater => [
            "Wait a moment and try again",
            "Several wrong codes slow the program down to protect the data. Nothing is lost.",
            "Wait, or use the printed recovery code.",
        ],
        C::WrongRecoveryCode => [
            "Wrong recovery code",
            "It is not the printed one. The data is kept.",
            "Compare each group of four characters and type it again.",
        ],
        C::PinTooShort => [
            "The unlock code is too short",
            "More characters are needed. Nothing was changed.",
            "Choose a longer code that others cannot guess.",
        ],
        C::StoreDamaged => [
            "The data on this PC is damaged",
            "The program does not overwrite it; what can be read is open to view and export.",
            "Export what you need and restore the latest backup. Send the problem report.",
        ],
        C::KeyStoreFailed => [
            "The PC does not hand out the key",
            "Its key store does not answer, or the key kept there is gone. The data is kept.",
            "Open with your PIN. To do without it next time, switch it on again in Settings, PINs.",
        ],
        C::StoreReadOnly => [
            "The data can only be viewed",
            "It is open for reading, so nothing can be changed. All of it can be exported.",
            "Export what you need and restore a backup.",
        ],
        C::StoreNewer => [
            "The data was made by a newer version",
            "This version is too old to open it safely and left it alone.",
            "Install the newer version and open it again.",
        ],
        C::StoreInUse => [
            "The program is open in another window",
            "Only one window, on one PC, may use the data at a time. Nothing is lost.",
            "Use the open window, or close it and try again.",
        ],
        C::DiskFull => [
            "The disk is full",
            "The last change could not be saved. Everything saved before is kept.",
            "Leave this window open, free some space and try again.",
        ],
        C::DiskRefused => [
            "The disk cannot be written",
            "The system refused to write to the data folder. Everything saved is kept.",
            "Check the disk, the folder’s permissions and the virus scanner, then try again.",
        ],
        C::AlreadySetUp => [
            "This PC is already set up",
            "There is data on it and the program does not overwrite it.",
            "Unlock with your name, or ask who set it up to add you.",
        ],
        C::BackupNoPlace => [
            "No place for backups was chosen",
            "There is no copy yet: if this PC breaks or is stolen, its dossiers are lost with it.",
            "Choose a USB stick or a folder on another disk in Settings, Backups.",
        ],
        C::BackupPlaceFailed => [
            "The place for backups cannot be written",
            "The stick was pulled, the share is gone or the folder refuses writing. Your data and \
             earlier backups are as they were.",
            "Plug the stick in again or check the folder, then press Back up now.",
        ],
        C::BackupPlaceFull => [
            "The place for backups is full",
            "Earlier backups are as they were.",
            "Remove other files from the stick, or choose a larger place.",
        ],
        C::NotABackup => [
            "There is no backup in this folder",
            "No backup of this program was found here. Nothing was changed.",
            "Choose the folder backups go to; its name usually begins with “hoso-”.",
        ],
        C::BackupDamaged => [
            "This backup is damaged",
            "It is not what it was when it was made, so it is not restored. Your data was not touched.",
            "Choose another backup, an older one or one on another stick.",
        ],
        C::BackupNewer => [
            "This backup is of a newer program",
            "The program on this PC is older and cannot read it. Nothing was changed.",
            "Install the newest program, then restore again.",
        ],
        C::BackupForeign => [
            "This backup is of another store",
            "The key in use does not open it. Nothing was changed.",
            "Choose the right backup, or use the recovery code printed for that store.",
        ],
        C::Cancelled => [
            "Stopped as you asked",
            "What was half done was dropped; your data and earlier backups are as they were.",
            "Start again when you need it.",
        ],
        C::TrailBroken => [
            "The trail does not fit any more",
            "Somebody changed or removed rows with another program. Dossiers still open, but from there \
             on the trail proves nothing.",
            "Leave the PC as it is, tell who is in charge and compare with the newest backup.",
        ],
        C::LastPerson => [
            "The last person cannot be removed",
            "With nobody left, nobody could open the data. Nothing was changed.",
            "Add the person who takes over first, then remove this one.",
        ],
        C::FileUnreadable => [
            "The file cannot be read",
            "It is gone, held by another program, or damaged. The dossier is kept.",
            "Close the program that holds it, or choose another file.",
        ],
        C::FileTooLarge => [
            "The file is too large",
            "It is over what the portal takes. The dossier is kept.",
            "Scan it again at 150–200 dpi in black and white.",
        ],
        C::FileKindRefused => [
            "This kind of file is not taken",
            "Its content is of another kind than may be attached. The dossier is kept.",
            "Turn it into a PDF and attach it again.",
        ],
        C::FileNameTaken => [
            "A file of that name is there already",
            "The new file was not added. The dossier is kept.",
            "Rename the file, or remove the old one first.",
        ],
        C::DossierNotSent => [
            "This dossier was not handed in",
            "The treasury cannot have moved money for it, so nothing was tied to it. The books are unchanged.",
            "Choose a dossier that was sent, or note first that this one was handed in otherwise.",
        ],
        C::RegisterTooLong => [
            "The list is too long for one register",
            "Nothing was printed, so that no row is missing and the total is not wrong.",
            "Narrow the list first, by month for one, and print it part by part.",
        ],
        C::CodeRefused => [
            "The code was not added",
            "The law has every code of this list, or the code is known for that time, nameless or malformed.",
            "Mend it and save again. Nothing else was changed.",
        ],
        C::ConnectionForeign => [
            "The connection file is not for this PC",
            "It belongs to another unit or portal, or has ended. Nothing was changed.",
            "Ask the treasury for a new file for your unit.",
        ],
        C::ConnectionMalformed => [
            "This is not a connection file",
            "It cannot be read as one. Nothing was changed.",
            "Choose the file you got from the treasury.",
        ],
        C::FingerprintMismatch => [
            "The fingerprint does not match",
            "The file may have been replaced on its way, so it was not used. Nothing was changed.",
            "Compare with the treasury’s print; if it differs, ask for a new file.",
        ],
        C::PackForeign => [
            "The data pack is not signed by the treasury",
            "It has no signature, a wrong one, or somebody else’s. No form or list was changed.",
            "Use only packs from your treasury; if in doubt, tell them.",
        ],
        C::PackMalformed => [
            "The data pack cannot be used",
            "It holds a form or list that cannot be read or printed. Nothing was changed.",
            "Fetch the pack again from the treasury.",
        ],
        C::FormUnknown => [
            "The program does not have this voucher’s form",
            "It follows a legal basis or an edition that is not on this PC: it can be read and its frozen print opened, not changed or signed. The data is kept.",
            "Take in the data pack with this form, or update the program.",
        ],
        C::PackNewer => [
            "The data pack is for a newer program",
            "This version cannot read it. Forms and lists stay as they are.",
            "Update the program, then take the pack in again.",
        ],
        C::PackConflict => [
            "The data pack changes a form in use",
            "A published edition never changes: vouchers were made with it. Nothing was changed.",
            "Tell the publisher: a correction needs a new edition number.",
        ],
        C::ModuleMissing => [
            "The token’s driver was not found",
            "There is no PKCS#11 library at that path. The dossiers still wait for signing.",
            "Install the issuer’s program, or choose another path.",
        ],
        C::ModuleNotALibrary => [
            "This file is not a token driver",
            "It is no PKCS#11 library. The dossiers still wait for signing.",
            "Choose the library that the issuer’s program installed.",
        ],
        C::ModuleWrongArchitecture => [
            "The driver is for another kind of system",
            "32-bit and 64-bit do not mix. The dossiers still wait for signing.",
            "Install the right version from the issuer.",
        ],
        C::ModuleFailed => [
            "The token’s driver does not start",
            "It loads but does not run. The dossiers still wait for signing.",
            "Plug the token in again, install the driver again, or choose another.",
        ],
        C::TokenHostLost => [
            "The token’s driver stopped",
            "No half-made signature was kept. The dossiers still wait for signing.",
            "Plug the token in again and look for it.",
        ],
        C::TokenHung => [
            "The token does not answer",
            "The program stopped waiting. The dossiers still wait for signing.",
            "Plug the token in again and close other programs that use it.",
        ],
        C::NoToken => [
            "No token was found",
            "None is plugged in, or its driver is missing. The dossiers still wait for signing.",
            "Plug the token in and look again.",
        ],
        C::NoCertificate => [
            "The token holds no certificate to sign with",
            "No certificate with a private key is on it. The dossiers still wait for signing.",
            "Plug in the signer’s own token, or ask the issuer.",
        ],
        C::CertificateUnusable => [
            "This certificate cannot sign",
            "The reason stands beside it. No PIN try was spent.",
            "Choose another, or renew it and register it with the treasury.",
        ],
        C::NotTheSigner => [
            "This certificate is not the signer’s of this step",
            "The treasury takes only the registered signer. No PIN try was spent.",
            "Plug in the right person’s token, or check the signers.",
        ],
        C::NotTheOwner => [
            "This certificate is not the account owner’s",
            "Only the registered account owner signs that this PC may send for the unit. No PIN try was \
             spent, and nothing was sent.",
            "Plug in the account owner’s token and sign again, or check the signers.",
        ],
        C::TokenWrongPin => [
            "Wrong PIN of the token",
            "One try was spent; the program stopped and does not try again by itself.",
            "Check Caps Lock and the keyboard. If unsure, stop: the token locks itself.",
        ],
        C::TokenLocked => [
            "The token’s PIN is locked",
            "It locks after several wrong PINs. The dossiers still wait for signing.",
            "Ask the issuer to unlock it, or use the PUK in the settings; meanwhile a delegate may sign.",
        ],
        C::TokenPinLength => [
            "The PIN has the wrong length",
            "The token does not take it. No try was spent.",
            "Type the whole PIN again.",
        ],
        C::TokenPinExpired => [
            "The token’s PIN must be changed",
            "The token wants a new PIN before it signs. The dossiers still wait for signing.",
            "Change it in the settings, under “Change the token's PIN”, and sign again.",
        ],
        C::TokenRemoved => [
            "The token was unplugged",
            "What was signed is kept; the rest still waits for signing.",
            "Plug it in again and go on.",
        ],
        C::TokenRefused => [
            "The token refused",
            "It is busy or does not sign now. The dossiers still wait for signing.",
            "Close other programs that use it, plug it in again and try again.",
        ],
        C::TokenMechanism => [
            "The token lacks the kind of signature needed",
            "Its driver does not support an accepted algorithm. Nothing is lost.",
            "Install a newer driver, or choose another library.",
        ],
        C::SignatureInvalid => [
            "The new signature does not verify",
            "The token’s answer does not fit the content, so it was not kept.",
            "Plug the token in again and sign again; if it repeats, ask the issuer.",
        ],
        C::PortalUnreachable => [
            "The portal cannot be reached",
            "The link is down. The dossier stays queued and goes by itself.",
            "Nothing needs doing; if it is urgent, check the link and try again.",
        ],
        C::PortalBusy => [
            "The portal is busy",
            "The link works, but the portal is overloaded or failing. The dossier stays queued and goes by itself.",
            "Nothing needs doing; do not hand it in otherwise before the outcome is known.",
        ],
        C::PortalNotAPortal => [
            "What answered is not the portal",
            "Perhaps a Wi-Fi login page, or a wrong address. Nothing was sent.",
            "Log in to the network in a browser, or check the portal’s address.",
        ],
        C::FeedUnreadable => [
            "The treasury’s news cannot be read",
            "The portal sent what this version of the program does not understand. Dossiers are sent as usual; what came before is kept.",
            "Nothing needs doing, it asks again by itself; if it lasts, update the program or tell the treasury.",
        ],
        C::PortalTls => [
            "The portal could not be verified",
            "Its certificate is not the connection file’s, so nothing was sent.",
            "Check for a filter on the network; else ask the treasury for a new file.",
        ],
        C::PortalRefused => [
            "The portal did not take this dossier",
            "It checked it and refused. The dossier and its signatures are kept here.",
            "Read the reason, mend it, sign and send again.",
        ],
        C::PortalConflict => [
            "The portal has another version of this dossier",
            "What it accepted differs from this PC’s, or is a later version; perhaps another PC of the unit sent it, or this one before a restore. The dossier and its signatures are kept here.",
            "Do not hand it in on paper, it could be paid twice. Ask the treasury which version it holds before you send again or mend.",
        ],
        C::PortalOvertaken => [
            "The treasury moved before this version came",
            "It answers an earlier request and was not taken. The dossier and its signatures are kept here.",
            "Read the treasury’s newest answer under Results, and mend if it still asks.",
        ],
        C::PortalCertificateDate => [
            "The portal’s certificate is not valid at this PC’s time",
            "Mostly the PC’s clock is wrong; if it is right, the certificate ran out. Nothing was sent.",
            "Look at date and time (UTC+7): set them if wrong, else tell the treasury.",
        ],
        C::ClockWrong => [
            "This PC’s clock is wrong",
            "Signatures and the link may be refused. The dossier is kept.",
            "Set date and time (UTC+7) and try again.",
        ],
        C::ReceiptInvalid => [
            "The receipt does not verify",
            "The portal’s answer is not proven, so the dossier does not count as sent.",
            "Try later; if it repeats, tell the treasury before handing it in otherwise.",
        ],
        C::DeviceUnknown => [
            "The portal does not know this PC",
            "It is not enrolled. The dossier stays queued.",
            "Ask the treasury for a new connection file; for a PC that never was enrolled the account \
             owner may sign in Settings, under “This PC at the portal”.",
        ],
        C::DeviceRevoked => [
            "This PC was revoked",
            "The unit or the treasury ended its right to send, so the portal takes nothing from here. \
             Dossiers, signatures and books on it are kept.",
            "If that was a mistake, ask the treasury for a new connection file; else go on at the PC \
             that took its place.",
        ],
        C::EnrolmentRefused => [
            "What was signed did not enrol this PC",
            "The portal checked it and did not take it: perhaps the PC’s clock was wrong, or this PC was \
             revoked. Dossiers on it are kept.",
            "Look at date and time and let the account owner sign again; else ask the treasury for a new \
             connection file.",
        ],
        C::SendingPaused => [
            "Sending is paused",
            "Somebody of the unit pressed Pause, so nothing goes by itself. The dossier stays queued.",
            "Press Resume, or Send now at the one that is urgent.",
        ],
        C::SendingHours => [
            "Waiting for the sending hours",
            "The unit lets files go by themselves in these hours only. The dossier stays queued.",
            "Press Send now if it is urgent, or change the hours in Settings.",
        ],
        C::SendingMetered => [
            "A large dossier on a line paid by volume",
            "Dossiers over 1 MB do not go by themselves over this line. The dossier stays queued.",
            "Press Send now to use this line, or connect to another and change it in Settings.",
        ],
        C::ContainerInvalid => [
            "The container is not valid",
            "Its content does not fit its signatures: damaged or changed. Nothing here changed.",
            "Ask for the original file; this one proves nothing.",
        ],
        C::PdfMismatch => [
            "The print does not fit the data",
            "The PDF differs from the figures, so signing was stopped. The dossier is kept.",
            "Take it back to mend; the print is made anew.",
        ],
        C::PrintFailed => [
            "The print could not be made",
            "The voucher could not be laid out. The figures are kept.",
            "Try again; if it repeats, send the problem report.",
        ],
        _ => [""; 3],
    }
}
