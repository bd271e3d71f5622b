//! Which names the migrations make. Read from their text, so that this list cannot differ from it.
use std::collections::BTreeSet;

/// Kind and name: `("constraint", "payments_key")`.
pub(super) type Named = BTreeSet<(&'static str, String)>;

const KINDS: [&str; 8] = ["constraint", "trigger", "index", "view", "table", "function", "type", "domain"];
/// What may stand between the kind and the name.
const BETWEEN: [&str; 5] = ["concurrently", "if", "not", "exists", "only"];

/// Adds what `text` creates to `names`, and takes out what it drops.
pub(super) fn read(text: &str, names: &mut Named) {
    let plain: String =
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let words: Vec<&str> = plain
        .split(|c: char| c.is_whitespace() || "(),;".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let mut verb = "";
    for (at, word) in words.iter().enumerate() {
        if ["create", "drop", "add", "alter", "grant", "comment"].contains(word) {
            verb = word;
        }
        let Some(kind) = KINDS.into_iter().find(|kind| kind == word) else { continue };
        let Some(name) = words.iter().skip(at + 1).find(|word| !BETWEEN.contains(word)) else { continue };
        let name = name.strip_prefix("payonce.").unwrap_or(name);
        // `constraint = tg_name`, `constraint trigger`, `on table ...`: no name follows.
        if !is_name(name)
            || KINDS.contains(&name)
            || (kind != "constraint" && !["create", "drop"].contains(&verb))
        {
            continue;
        }
        if verb == "drop" {
            names.remove(&(kind, name.to_owned()));
        } else {
            names.insert((kind, name.to_owned()));
        }
        // `create trigger t ... execute function f` makes no function.
        if kind != "constraint" && kind != "table" {
            verb = "";
        }
    }
}

fn is_name(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(&'static str, String)> {
        let mut names = Named::new();
        read(text, &mut names);
        names.into_iter().collect()
    }

    #[test]
    fn what_a_migration_creates_is_read_from_its_text() {
        let text = "
            create table payonce.shelf (   -- not a constraint here
              id uuid, constraint shelf_key primary key (id));
            create unique index shelf_once on payonce.shelf (id);
            create trigger shelf_fixed before update on payonce.shelf for each row execute function payonce.refuse();
            create function payonce.refuse() returns trigger as $$ begin raise using constraint = tg_name; end $$;
            create view payonce.shelves as select id from payonce.shelf;
            create domain payonce.colour as text; alter table payonce.shelf alter column paint type payonce.colour;
            alter domain payonce.colour add constraint colour_known check (value in ('red'));
            alter table payonce.shelf add constraint shelf_named check (true);
            grant select on all tables in schema payonce to somebody;";
        let expected = [
            ("constraint", "colour_known"),
            ("constraint", "shelf_key"),
            ("constraint", "shelf_named"),
            ("domain", "colour"),
            ("function", "refuse"),
            ("index", "shelf_once"),
            ("table", "shelf"),
            ("trigger", "shelf_fixed"),
            ("view", "shelves"),
        ];
        assert_eq!(names(text), expected.map(|(kind, name)| (kind, name.to_owned())));
    }

    #[test]
    fn what_a_later_migration_drops_is_no_longer_expected() {
        let text = "alter table payonce.shelf add constraint old check (true); create index gone on payonce.shelf (id);
            alter table payonce.shelf drop constraint if exists old; drop index concurrently if exists payonce.gone;";
        assert_eq!(names(text), []);
    }
}
