//! Events of the recorder: one table of stable codes, with a text in each language.

use crate::{Actor, Lang, Stamp};

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For the story.
    Info,
    /// Предупреждение: somebody should look.
    Warning,
    /// Неисправность: the recorder does not do its work in full.
    Fault,
}

impl Severity {
    /// Word of the journal line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARN",
            Self::Fault => "FAULT",
        }
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventClass {
    /// Who did what.
    Audit,
    /// Self-diagnosis.
    Alarm,
    /// Starts and records.
    Recording,
    /// Start, stop, configuration.
    System,
    /// Clock and time sources.
    Time,
}

macro_rules! codes {
    ($($name:ident $code:literal $class:ident $severity:ident $ru:literal $en:literal;)+) => {
        /// Stable code of an event. The number never changes its meaning; a retired number is not
        /// used again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $en] $name,)+
        }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as it stands in the journal.
            #[must_use]
            pub const fn number(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it is about.
            #[must_use]
            pub const fn class(self) -> EventClass {
                match self { $(Self::$name => EventClass::$class,)+ }
            }

            /// How much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// The sentence with `{name}` in the places of its arguments.
            #[must_use]
            pub const fn template(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$name, Lang::Ru) => $ru, (Self::$name, Lang::En) => $en,)+
                }
            }
        }
    };
}

codes! {
    Started "S001" System Info "Регистратор запущен, версия {version}, конфигурация {config}" "Recorder started, version {version}, configuration {config}";
    Stopped "S002" System Info "Регистратор остановлен: {reason}" "Recorder stopped: {reason}";
    ConfigApplied "S010" System Info "Применена конфигурация {config}" "Configuration {config} applied";
    ConfigRejected "S011" System Warning "Конфигурация отклонена: {error}" "Configuration rejected: {error}";
    ListenerOpened "S020" System Info "Открыт {service} на {address}" "{service} listens on {address}";
    FaceRestarted "S021" System Warning "Перезапущен {service}: {error}" "{service} restarted: {error}";
    JournalRepaired "S030" System Warning "Журнал: отброшен недописанный хвост, {bytes} байт" "Journal: a torn tail of {bytes} bytes was cut off";
    LinesLost "S031" System Fault "Журнал: не записано строк: {count}" "Journal: {count} lines were not written";
    JournalDamaged "S032" System Fault "Журнал повреждён: {file}, строка {line}; начат новый файл" "Journal damaged: {file}, line {line}; a new file was begun";
    PickedUp "R101" Recording Info "Пуск: {element}, значение {value} {unit}, уставка {setting} {unit}" "Pickup: {element}, value {value} {unit}, setting {setting} {unit}";
    ElementStarted "R105" Recording Info "Пуск: {element}" "Pickup: {element}";
    DroppedOut "R102" Recording Info "Возврат: {element}" "Dropout: {element}";
    PickupsUnsaid "R104" Recording Warning "Пусков и возвратов сверх записанных в журнал: {count}" "Pickups and dropouts beyond those in the journal: {count}";
    ManualStart "R103" Recording Info "Ручной пуск: {reason}" "Manual start: {reason}";
    RecordOpened "R110" Recording Info "Осциллограмма {record} открыта: {cause}" "Record {record} opened: {cause}";
    RecordSaved "R111" Recording Info "Осциллограмма {record} записана: {name}, длительность {duration_s} с, sha256 {sha256}" "Record {record} saved: {name}, duration {duration_s} s, sha256 {sha256}";
    RecordFailed "R112" Recording Fault "Осциллограмма {record} не записана: {error}" "Record {record} not saved: {error}";
    RecordRecovered "R113" Recording Warning "Осциллограмма {record} восстановлена после обрыва: {rows} отсчётов" "Record {record} recovered after an interruption: {rows} samples";
    RecordEvicted "R114" Recording Info "Осциллограмма {record} замещена новыми" "Record {record} gave way to newer ones";
    RecordUnreadable "R115" Recording Warning "Осциллограмма {record} не читается: {error}" "Record {record} cannot be read: {error}";
    ReportMade "R120" Recording Info "Отчёт по осциллограмме {record}: {summary}" "Report on record {record}: {summary}";
    ReportFailed "R121" Recording Warning "Отчёт по осциллограмме {record} не составлен: {error}" "Report on record {record} failed: {error}";
    RecordFetched "A205" Audit Info "Скачана осциллограмма {record}: {file}" "Record {record} downloaded: {file}";
    LoggedIn "A201" Audit Info "Вход: роли {roles}" "Login: roles {roles}";
    LoggedInEarly "A204" Audit Warning "Часы не синхронизированы: начало действия сертификата {name} не проверено" "The clock is not synchronised: the begin of validity of certificate {name} is not checked";
    LoginRefused "A202" Audit Warning "Отказ во входе с {from}: {reason}" "Login from {from} refused: {reason}";
    ActionRefused "A203" Audit Warning "Отказ: {action} — нет роли {needed}" "Refused: {action} needs role {needed}";
    SourceLost "D301" Alarm Fault "Источник {source}: нет отсчётов" "Source {source}: no samples";
    SourceAwaited "D306" Alarm Warning "Источник {source}: первые отсчёты ещё не пришли" "Source {source}: the first samples have not come yet";
    MeasuredSource "D331" Alarm Info "Источник {source} измеряет" "Source {source} measures";
    SourceBack "D302" Alarm Info "Источник {source}: отсчёты поступают" "Source {source}: samples arrive";
    SamplesLost "D303" Alarm Warning "Источник {source}: потеряно отсчётов: {rows}" "Source {source}: {rows} samples lost";
    Overrun "D304" Alarm Fault "Переполнение тракта: потеряно блоков: {blocks}" "Overrun of the data plane: {blocks} blocks lost";
    OverrunOver "D305" Alarm Info "Тракт обработки успевает" "The data plane keeps up";
    DiskLow "D310" Alarm Fault "Мало места на диске: свободно {free_mib} МиБ" "Disk space low: {free_mib} MiB free";
    DiskError "D311" Alarm Fault "Ошибка диска: {error}" "Disk error: {error}";
    RecordsWritten "D313" Alarm Info "Осциллограммы записываются" "Records are written";
    JournalWritten "D314" Alarm Info "Журнал записывается" "The journal is written";
    JournalFailed "D315" Alarm Fault "Журнал не записывается, строк в памяти: {count}: {error}" "The journal is not written, {count} lines in memory: {error}";
    DiskGood "D312" Alarm Info "Диск в порядке: свободно {free_mib} МиБ" "Disk is well: {free_mib} MiB free";
    FactoryCertificate "D320" Alarm Warning "Сертификат регистратора не настроен: {subject}" "The recorder's certificate is not set up: {subject}";
    CertificateGood "D322" Alarm Info "Сертификат регистратора {subject} действует до {date}" "The recorder's certificate {subject} is valid until {date}";
    CertificateExpires "D321" Alarm Warning "Сертификат {subject} истекает {date}" "Certificate {subject} expires on {date}";
    SimulatedSource "D330" Alarm Warning "Режим симуляции: источник {source}" "Simulation: source {source}";
    TrustListFinding "A210" Audit Warning "Список доверия: {file}: {error}" "Trust list: {file}: {error}";
    ClockFree "T401" Time Warning "Часы не синхронизированы с начала работы" "The clock has not been synchronised since the start";
    ClockLocked "T402" Time Info "Часы синхронизированы, погрешность {error_us} мкс" "Clock is synchronised, error {error_us} µs";
    ClockLost "T404" Time Fault "Синхронизация часов потеряна, погрешность до {error_us} мкс" "Synchronisation of the clock is lost, error up to {error_us} µs";
    ClockStep "T403" Time Warning "Скачок часов на {step_ms} мс" "Clock stepped by {step_ms} ms";
}

/// Something that happened, for the journal and the faces.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Stamp,
    /// What.
    pub code: Code,
    /// By whom.
    pub actor: Actor,
    /// Arguments of the code's sentence; also kept apart so that another language can be made of
    /// them.
    pub args: Vec<(&'static str, String)>,
}

impl Event {
    /// An event of the recorder itself.
    #[must_use]
    pub const fn new(at: Stamp, code: Code) -> Self {
        Self { at, code, actor: Actor::Recorder, args: Vec::new() }
    }

    /// The same with an argument.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The same caused by somebody.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// The sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        fill(self.code.template(lang), |name| {
            self.args.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
        })
    }
}

/// Puts values into the `{name}` places of a template; a missing value shows as `?`.
#[must_use]
pub(crate) fn fill<'v>(template: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        text.push_str(value(name).unwrap_or("?"));
        rest = tail;
    }
    text.push_str(rest);
    text
}

impl Code {
    /// The code that this number names.
    #[must_use]
    pub fn from_number(number: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The sentence with these arguments, as they were read back from a journal.
    #[must_use]
    pub fn text(self, lang: Lang, args: &[(String, String)]) -> String {
        fill(self.template(lang), |name| {
            args.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_unique_and_languages_take_the_same_arguments() {
        let places = |template: &str| -> BTreeSet<String> {
            template
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
                .collect()
        };
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.number()), "{} twice", code.number());
            assert_eq!(
                places(code.template(Lang::Ru)),
                places(code.template(Lang::En)),
                "{code:?}"
            );
            assert_eq!(Code::from_number(code.number()), Some(*code));
        }
    }

    #[test]
    fn sentences_take_their_arguments() {
        let event = Event::new(Stamp::default(), Code::RecordOpened)
            .arg("record", "7")
            .arg("cause", "3I0> {x}");
        assert_eq!(event.text(Lang::Ru), "Осциллограмма 7 открыта: 3I0> {x}");
        assert_eq!(Event::new(Stamp::default(), Code::DroppedOut).text(Lang::En), "Dropout: ?");
    }
}
