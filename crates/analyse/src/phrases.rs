//! All words of the report in one table, Russian first. Start conditions have the texts of table
//! Г.1 of ГОСТ Р 58601-2019 as far as they are known.

use aura_model::Lang;

/// A phrase in each language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phrase(&'static str, &'static str);

impl Phrase {
    /// The phrase in a language.
    pub(crate) const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Ru => self.0,
            Lang::En => self.1,
        }
    }
}

macro_rules! phrases {
    ($($name:ident $ru:literal $en:literal;)+) => {
        $(pub(crate) const $name: Phrase = Phrase($ru, $en);)+

        #[cfg(test)]
        const ALL: &[Phrase] = &[$($name,)+];
    };
}

phrases! {
    TITLE "ОТЧЁТ О ПУСКЕ РЕГИСТРАТОРА" "REPORT ON A START OF THE RECORDER";
    STATION "Подстанция" "Substation";
    DEVICE "Регистратор" "Recorder";
    RECORD "Осциллограмма" "Record";
    SOFTWARE "Программа" "Software";
    SIMULATED "РЕЖИМ СИМУЛЯЦИИ: отсчёты вычислены или воспроизведены"
        "SIMULATION: the samples are computed or replayed";
    INTERRUPTED "Запись прервана: конца осциллограммы нет"
        "The record was cut off: its end is missing";
    START "ПУСК" "START";
    START_TIME "Дата и время пуска" "Date and time of start";
    CONDITION "Условие пуска" "Start condition";
    VALUE "Значение" "Value";
    SETTING "Уставка пуска" "Start setting";
    CLOCK "Время" "Time";
    LOCKED "синхронизировано, погрешность не более" "synchronised, error at most";
    HOLDOVER "источник времени потерян, погрешность не более" "time source lost, error at most";
    FREE "не синхронизировано" "not synchronised";
    RECORD_START "Начало записи" "Start of record";
    DURATION "Длительность" "Duration";
    RATE "Частота дискретизации" "Sampling rate";
    MANUAL "Ручной пуск" "Manual start";
    NETWORK "Пуск по сети" "Network start";
    NO_CONDITION "не указано" "not stated";
    PICKUPS "ВСЕ УСЛОВИЯ ПУСКА" "ALL START CONDITIONS";
    DISTURBANCE "ВОЗМУЩЕНИЕ (ПО ОТСЧЁТАМ)" "DISTURBANCE (BY THE SAMPLES)";
    NO_DISTURBANCE "Токи и напряжения не вышли из исходного режима"
        "No current or voltage left its state before the event";
    BEGIN "Начало" "Begin";
    END "Конец" "End";
    BEYOND "после конца записи" "after the end of the record";
    AT_LEAST "не менее" "at least";
    PHASES "Вышли из исходного режима" "Phases disturbed";
    PHASE "фаза" "phase";
    MANY_PHASES "фазы" "phases";
    FREQUENCY "Частота до пуска" "Frequency before the event";
    ANALOG "АНАЛОГОВЫЕ СИГНАЛЫ" "ANALOG CHANNELS";
    ANALOG_NOTE "Действующие значения основной гармоники, углы в градусах относительно"
        "RMS of the fundamental, angles in degrees against";
    ANALOG_NOTE_3 "Мин. и Макс. — действующее значение за период, Пик — мгновенное"
        "Min. and Max. are true RMS over a period, Peak is a sample";
    ANALOG_NOTE_2 "до возмущения; * — сигнал вышел из исходного режима"
        "before the event; * = the channel left its state before the event";
    NO_REFERENCE "начала записи" "the start of the record";
    CHANNEL "Сигнал" "Channel";
    UNIT "Ед." "Unit";
    BEFORE "До" "Before";
    DURING "Во время" "During";
    AFTER "После" "After";
    RMS_MIN "Мин." "Min.";
    RMS_MAX "Макс." "Max.";
    PEAK "Пик" "Peak";
    DISCRETE "ДИСКРЕТНЫЕ СИГНАЛЫ" "DISCRETE CHANNELS";
    NO_CHANGES "Изменений нет" "No changes";
    TIME "Время" "Time";
    FROM_START "От пуска, мс" "From start, ms";
    STATE "Состояние" "State";
    NORMAL "норма" "normal";
    SECONDS "с" "s";
    MILLISECONDS "мс" "ms";
    MICROSECONDS "мкс" "µs";
    HERTZ "Гц" "Hz";
    AMPERE "А" "A";
    KILOAMPERE "кА" "kA";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phrase_is_empty_and_english_has_no_cyrillic() {
        let cyrillic = |c: char| ('\u{400}'..='\u{4ff}').contains(&c);
        for Phrase(ru, en) in ALL {
            assert!(!ru.is_empty() && !en.is_empty());
            assert!(ru.contains(cyrillic) && !en.contains(cyrillic), "{ru} {en}");
        }
    }
}
