//! A disk with its cache. Knows no program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fastrand::Rng;

use super::trace::Call;

/// What the disk keeps when the power fails.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// What was flushed, and nothing else.
    Flushed,
    Everything,
    /// What was flushed, and some of what was not.
    Some,
}

type Inode = usize;

#[derive(Clone)]
enum Node {
    Folder,
    File(Inode),
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Clone)]
enum Naming {
    Put(PathBuf, Node),
    Gone(PathBuf),
    /// In one step, with all below.
    Moved(PathBuf, PathBuf),
}

#[derive(Default)]
struct File {
    flushed: Vec<u8>,
    changes: Vec<Change>,
}

/// A disk with its cache: names and bytes, each as flushed and as changed since.
#[derive(Default)]
pub struct Model {
    files: Vec<File>,
    /// As programs see it.
    now: BTreeMap<PathBuf, Node>,
    flushed: BTreeMap<PathBuf, Node>,
    /// By folder, in order.
    namings: BTreeMap<PathBuf, Vec<Naming>>,
}

impl Model {
    pub fn load(dir: &Path) -> Result<Self> {
        let mut model = Self::default();
        let mut open = vec![dir.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let name = path.strip_prefix(dir)?.to_owned();
                if path.is_dir() {
                    model.flushed.insert(name, Node::Folder);
                    open.push(path);
                } else {
                    let flushed = fs::read(&path)?;
                    model.files.push(File {
                        flushed,
                        changes: Vec::new(),
                    });
                    model
                        .flushed
                        .insert(name, Node::File(model.files.len() - 1));
                }
            }
        }
        model.now = model.flushed.clone();
        Ok(model)
    }

    pub fn apply(&mut self, call: &Call) {
        match call {
            Call::Make { path, emptied } => match self.now.get(path) {
                Some(Node::File(inode)) if *emptied => {
                    let inode = *inode;
                    self.change(inode, Change::Length(0));
                }
                Some(_) => {}
                None => {
                    self.files.push(File::default());
                    let node = Node::File(self.files.len() - 1);
                    self.name(Naming::Put(path.clone(), node));
                }
            },
            Call::Write { path, at, bytes } => {
                if let Some(inode) = self.inode(path) {
                    let at = at.unwrap_or_else(|| self.bytes(inode).len());
                    let bytes = bytes.clone();
                    self.change(inode, Change::Write { at, bytes });
                }
            }
            Call::Cut { path, length } => {
                if let Some(inode) = self.inode(path) {
                    self.change(inode, Change::Length(*length));
                }
            }
            Call::Sync(path) => self.flush(path),
            Call::Rename { from, to } => self.rename(from, to),
            Call::Folder(path) => self.name(Naming::Put(path.clone(), Node::Folder)),
            Call::Remove(path) => self.name(Naming::Gone(path.clone())),
            Call::Answer => {}
        }
    }

    fn inode(&self, path: &Path) -> Option<Inode> {
        match self.now.get(path) {
            Some(Node::File(inode)) => Some(*inode),
            _ => None,
        }
    }

    fn change(&mut self, inode: Inode, change: Change) {
        if let Some(file) = self.files.get_mut(inode) {
            file.changes.push(change);
        }
    }

    /// The bytes as programs see them.
    fn bytes(&self, inode: Inode) -> Vec<u8> {
        let Some(file) = self.files.get(inode) else {
            return Vec::new();
        };
        file.changes.iter().fold(file.flushed.clone(), changed)
    }

    fn name(&mut self, naming: Naming) {
        let (Naming::Put(path, _) | Naming::Gone(path) | Naming::Moved(_, path)) = &naming;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        named(&mut self.now, &naming);
        self.namings.entry(folder).or_default().push(naming);
    }

    /// What was not flushed inside a folder waits under the folder's new name.
    fn rename(&mut self, from: &Path, to: &Path) {
        let inside: Vec<PathBuf> = self
            .namings
            .keys()
            .filter(|folder| folder.starts_with(from))
            .cloned()
            .collect();
        for folder in inside {
            let waiting = self.namings.remove(&folder).unwrap_or_default();
            let waiting = waiting.into_iter().map(|naming| match naming {
                Naming::Put(path, node) => Naming::Put(moved(&path, from, to), node),
                Naming::Gone(path) => Naming::Gone(moved(&path, from, to)),
                Naming::Moved(a, b) => Naming::Moved(moved(&a, from, to), moved(&b, from, to)),
            });
            let folder = moved(&folder, from, to);
            self.namings.entry(folder).or_default().extend(waiting);
        }
        match self.now.get(from).cloned() {
            // each of the two folders keeps its own name of it
            Some(node @ Node::File(_)) if from.parent() != to.parent() => {
                self.name(Naming::Put(to.to_owned(), node));
                self.name(Naming::Gone(from.to_owned()));
            }
            _ => self.name(Naming::Moved(from.to_owned(), to.to_owned())),
        }
    }

    fn flush(&mut self, path: &Path) {
        if let Some(inode) = self.inode(path) {
            let bytes = self.bytes(inode);
            if let Some(file) = self.files.get_mut(inode) {
                file.flushed = bytes;
                file.changes.clear();
            }
        } else {
            for naming in self.namings.remove(path).unwrap_or_default() {
                named(&mut self.flushed, &naming);
            }
        }
    }

    /// Writes what the disk is left with to `to`.
    pub fn leave(&self, to: &Path, fate: Fate, random: &mut Rng) -> Result<()> {
        let mut names = self.flushed.clone();
        for changes in self.namings.values() {
            let kept = match fate {
                Fate::Flushed => 0,
                Fate::Everything => changes.len(),
                Fate::Some => random.usize(0..=changes.len()),
            };
            for naming in changes.iter().take(kept) {
                named(&mut names, naming);
            }
        }
        fs::create_dir_all(to)?;
        for (path, node) in &names {
            let target = to.join(path);
            // a folder that is not there takes what is in it along
            if !target.parent().is_some_and(Path::is_dir) {
                continue;
            }
            match node {
                Node::Folder => fs::create_dir_all(&target)?,
                Node::File(inode) => {
                    let file = self.files.get(*inode).context("an inode")?;
                    let changes = file.changes.iter().filter(|_| match fate {
                        Fate::Flushed => false,
                        Fate::Everything => true,
                        Fate::Some => random.bool(),
                    });
                    fs::write(&target, changes.fold(file.flushed.clone(), changed))?;
                }
            }
        }
        Ok(())
    }
}

fn moved(path: &Path, from: &Path, to: &Path) -> PathBuf {
    match path.strip_prefix(from) {
        Ok(rest) if !rest.as_os_str().is_empty() => to.join(rest),
        _ => to.to_owned(),
    }
}

fn named(names: &mut BTreeMap<PathBuf, Node>, naming: &Naming) {
    match naming {
        Naming::Put(path, node) => {
            names.insert(path.clone(), node.clone());
        }
        Naming::Gone(path) => {
            names.remove(path);
        }
        Naming::Moved(from, to) => {
            let below: Vec<PathBuf> = names
                .keys()
                .filter(|path| path.starts_with(from))
                .cloned()
                .collect();
            for path in below {
                if let Some(node) = names.remove(&path) {
                    names.insert(moved(&path, from, to), node);
                }
            }
        }
    }
}

fn changed(mut bytes: Vec<u8>, change: &Change) -> Vec<u8> {
    match change {
        Change::Length(length) => bytes.resize(*length, 0),
        Change::Write { at, bytes: new } => {
            let end = at + new.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            if let Some(place) = bytes.get_mut(*at..end) {
                place.copy_from_slice(new);
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn made(path: &str) -> [Call; 2] {
        let path = PathBuf::from(path);
        let (at, bytes) = (Some(0), b"whole".to_vec());
        let make = Call::Make {
            path: path.clone(),
            emptied: true,
        };
        [make, Call::Write { path, at, bytes }]
    }

    fn left(calls: &[Call], fate: Fate) -> Option<String> {
        let disk = tempfile::tempdir().unwrap();
        let (before, after) = (disk.path().join("before"), disk.path().join("after"));
        fs::create_dir_all(before.join("shelf")).unwrap();
        let mut model = Model::load(&before).unwrap();
        calls.iter().for_each(|call| model.apply(call));
        model.leave(&after, fate, &mut Rng::with_seed(1)).unwrap();
        fs::read_to_string(after.join("shelf/file")).ok()
    }

    #[test]
    fn a_file_moved_to_another_folder_stays_when_that_folder_and_the_file_were_flushed() {
        let moved = Call::Rename {
            from: "new".into(),
            to: "shelf/file".into(),
        };
        let flush = |path: &str| Call::Sync(path.into());
        let mut calls: Vec<Call> = made("new").into();
        calls.push(moved);
        assert_eq!(left(&calls, Fate::Flushed), None);
        assert_eq!(left(&calls, Fate::Everything).as_deref(), Some("whole"));
        calls.push(flush("shelf"));
        assert_eq!(left(&calls, Fate::Flushed).as_deref(), Some(""));
        calls.push(flush("shelf/file"));
        assert_eq!(left(&calls, Fate::Flushed).as_deref(), Some("whole"));
        // the folder it came from no longer decides
        calls.push(flush(""));
        assert_eq!(left(&calls, Fate::Flushed).as_deref(), Some("whole"));
    }
}
