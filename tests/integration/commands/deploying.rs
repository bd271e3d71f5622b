//! Before a deploy: a backup on record, the schema, and is everything set up?
use payonce_tests::{House, in_a_house};

use super::{Desk, has};

const LIVE: [(&str, &str); 1] = [("LIVEMODE", "true")];

#[test]
fn a_live_database_is_migrated_once_a_backup_is_on_record_or_somebody_vouches_for_it() {
    in_a_house(async |house: &House| {
        let desk = Desk::with(house, &LIVE, None);
        assert!(desk.says(&["backup", "list"]).contains("no backup is on record"));
        assert!(desk.says(&["migrate"]).contains("unchanged"), "nothing is to apply");
        let undo = "drop table payonce.receipts; drop table payonce.receipt_series; drop index payonce.email_logs_sent_again;
            delete from payonce.schema_migrations where version = '0011_receipts'";
        house.run(undo).await;
        has(&desk.refuses(&["migrate"]), &["payonce backup mark --location", "--i-have-a-backup"]);
        has(&desk.says(&["migrate", "--i-have-a-backup"]), &["applied    0011_receipts"]);

        house.run(undo).await;
        let mark = ["backup", "mark", "--location", "rds:nightly-7", "--actor", "Meena", "--minutes-ago"];
        desk.says(&[&mark[..], &["1440"]].concat());
        desk.refuses(&["migrate"]);
        has(&desk.says(&[&mark[..], &["1430"]].concat()), &["rds:nightly-7", "Meena"]);
        has(&desk.says(&["migrate"]), &["applied    0011_receipts"]);
        let list = desk.says(&["backup", "list"]);
        assert!(list.lines().count() == 2 && list.contains("Meena  rds:nightly-7"), "{list}");
        for wrong in [["--location", "s3", "--actor", "Meena"], ["--location", "rds:1", "--actor", "M"]] {
            desk.refuses(&[&["backup", "mark"][..], &wrong].concat());
        }
    });
}
