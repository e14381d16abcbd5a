//! The texts that a page repeats, each stored once.

use std::collections::HashMap;

use crate::render::escape;

#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    /// The number of a text from the recording, made fit to be read.
    pub fn number(&mut self, text: &str) -> u32 {
        let text = escape(text);
        if let Some(known) = self.numbers.get(&*text) {
            return *known;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.clone().into_owned());
        self.numbers.insert(text.into_owned(), number);
        number
    }

    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    pub fn into_texts(self) -> Vec<String> {
        self.texts
    }
}
