//! The command line in Russian: help, headings and refusals.

use aura_model::Lang;
use clap::builder::{PossibleValue, Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};
use std::process::ExitCode;

/// Help of commands (`record get`) and arguments (`record get/format`; of all commands `/json`).
const TEXTS: &[(&str, &str)] = &[
    ("", "Регистратор АУРА-07: вопросы к работающему регистратору и работа с записями без него"),
    ("/json", "Печатать JSON для программ"),
    ("/lang", "Язык сообщений; иначе по локали"),
    ("/socket", "Сокет регистратора"),
    ("status", "Состояние регистратора на одном экране"),
    ("status/watch", "Обновлять каждую секунду, пока не прервут"),
    ("record", "Осциллограммы: список, сведения, выгрузка, пуск"),
    ("record list", "Список, новые сверху"),
    ("record list/limit", "Сколько показать, не больше"),
    ("record list/offset", "Сколько новых пропустить"),
    ("record show", "Одна запись: чем пущена и что в ней"),
    ("record show/id", "Номер записи"),
    ("record get", "Выгрузить файлы записи"),
    ("record get/id", "Номер записи"),
    ("record get/format", "Что выгрузить"),
    ("record get/output", "Файл, а для cfgdat — папка; `-` — stdout. Иначе собственное имя записи"),
    ("record get/force", "Заменять существующие файлы"),
    ("record trigger", "Пустить запись сейчас"),
    ("record trigger/reason", "Причина; попадёт в запись и в журнал"),
    ("analog", "Аналоговые каналы"),
    ("analog list", "Все каналы с текущими значениями"),
    ("discrete", "Дискретные каналы"),
    ("discrete list", "Все каналы с текущими состояниями"),
    ("log", "Журнал регистратора"),
    ("log/follow", "Следить: печатать новые строки по мере появления"),
    ("log/priority", "Наименьшая важность"),
    ("log/grep", "Только строки с этим текстом"),
    ("log/lines", "Сколько последних строк"),
    ("comtrade", "Записи COMTRADE любых изготовителей; регистратор не нужен"),
    ("comtrade info", "Что за запись: объект, времена, каналы"),
    ("comtrade info/files", "Файлы .cfg, .dat или .cff"),
    ("comtrade check", "Проверить записи; код выхода 6, если какая-то не в порядке"),
    ("comtrade check/files", "Файлы .cfg, .dat или .cff"),
    ("comtrade check/strict", "Предупреждения тоже считать"),
    ("comtrade convert", "Записать в другом виде"),
    ("comtrade convert/file", "Файл .cfg, .dat или .cff"),
    ("comtrade cut", "Записать часть записи"),
    ("comtrade cut/file", "Файл .cfg, .dat или .cff"),
    ("comtrade cut/from", "С какой секунды от первого отсчёта"),
    ("comtrade cut/to", "До какой секунды от первого отсчёта, не включая её"),
    ("comtrade merge", "Сложить каналы нескольких записей с одними и теми же отсчётами"),
    ("comtrade merge/files", "Файлы .cfg, .dat или .cff"),
    ("comtrade csv", "Напечатать через запятую: n,t_s и столбец на каждый канал"),
    ("comtrade csv/file", "Файл .cfg, .dat или .cff"),
    ("comtrade csv/output", "Файл; иначе stdout"),
    ("comtrade csv/force", "Заменить существующий файл"),
    ("*/output", "Куда: ИМЯ.cff — один файл, ИМЯ или ИМЯ.cfg — несколько"),
    ("*/revision", "Редакция: 1991, 1999 или 2013; иначе как у записи"),
    ("*/data", "Вид данных: ASCII, BINARY, BINARY32 или FLOAT32; иначе как у записи"),
    ("*/encoding", "Кодировка: utf8, cp1251, cp866, latin1 или gbk; иначе как у записи"),
    ("*/force", "Заменять существующие файлы"),
    (
        "replay",
        "Провести запись через тракт регистратора: записи, отчёты и журнал, какими они были бы",
    ),
    ("replay/config", "Документ recorder.toml; его собственный источник не открывается"),
    ("replay/input", "Запись COMTRADE, .cfg или .cff"),
    ("replay/out", "Папка для записей, отчётов и журнала; создаётся, если её нет"),
    ("config", "Документ конфигурации; регистратор не нужен"),
    ("config check", "Проверить документ и сказать обо всём сразу; код выхода 6, если непригоден"),
    ("config check/files", "Документ, recorder.toml"),
    ("config schema", "JSON Schema документа, для редакторов"),
    ("journal", "Файлы журнала; регистратор не нужен"),
    ("journal verify", "Доказать, что ни одна строка не изменена и не удалена; иначе код выхода 6"),
    ("journal verify/folder", "Папка журнала"),
    ("journal verify/head", "Строка, отмеченная в другом месте: её номер и хеш"),
    ("pki", "Сертификаты; регистратор не нужен"),
    ("pki kit", "Заводской комплект: сертификат регистратора, три удостоверяющих центра, токены"),
    ("pki kit/out", "Папка, куда писать"),
    ("pki kit/access_dir", "Папка для части самого регистратора; иначе access в той же"),
    ("pki kit/password", "Пароль файлов PKCS#12"),
    ("pki kit/number", "Номер регистратора; иначе он назван ненастроенным"),
    ("pki kit/host", "Имя или адрес регистратора; можно повторять"),
    ("pki kit/tokens", "Сколько токенов"),
    ("pki kit/intermediate", "Выпустить токены через промежуточный центр"),
    ("pki issue", "Выпустить один сертификат с ключом и файлом PKCS#12"),
    ("pki issue/ca", "Сертификат центра; ключ лежит рядом с окончанием .key"),
    ("pki issue/out", "Куда, без окончания: ИМЯ.crt, ИМЯ.key, ИМЯ.p12"),
    ("pki issue/name", "Имя (common name)"),
    ("pki issue/role", "Роль человека; можно повторять"),
    ("pki issue/host", "Сертификат регистратора с этим именем или адресом; можно повторять"),
    ("pki issue/days", "Срок действия, дней"),
    ("pki issue/password", "Пароль файла PKCS#12"),
    ("*/legacy", "PKCS#12 для Windows до 10 1709 и Server 2016"),
    ("*/key", "Вид ключей"),
    ("*/role_lang", "Язык, на котором роли записаны в сертификатах"),
    ("pki show", "Что регистратор сказал бы о сертификате: имя, роли, срок"),
    ("pki show/file", "Сертификат, PEM; вышестоящие могут следовать в том же файле"),
    ("pki show/access_dir", "Папка списка доверия, который решает; иначе только показать"),
    ("version", "Версия этой программы"),
    ("completion", "Скрипт дополнения команд для оболочки"),
    ("completion/shell", "Для какой"),
    ("*/help", "Показать справку"),
];

const TEMPLATE: &str = "{about-with-newline}\nВызов: {usage}\n\n{all-args}";

fn text(path: &str, arg: Option<&str>) -> Option<&'static str> {
    let find = |key: &str| TEXTS.iter().find(|(name, _)| *name == key).map(|(_, text)| *text);
    match arg {
        None => find(path),
        Some(arg) => find(&format!("{path}/{arg}"))
            .or_else(|| find(&format!("*/{arg}")))
            .or_else(|| find(&format!("/{arg}"))),
    }
}

/// The command line with the help of a language.
pub(crate) fn command(command: Command, lang: Lang) -> Command {
    match lang {
        Lang::En => command,
        Lang::Ru => translated(command, ""),
    }
}

fn translated(mut command: Command, path: &str) -> Command {
    if let Some(about) = text(path, None) {
        command = command.about(about).long_about(Resettable::<StyledStr>::Reset);
    }
    let help = Arg::new("help").short('h').long("help").action(clap::ArgAction::Help);
    command = command.disable_help_flag(true).arg(help).help_template(TEMPLATE);
    command = command.subcommand_help_heading("Команды").subcommand_value_name("КОМАНДА");
    let ids: Vec<(String, bool)> = command
        .get_arguments()
        .map(|arg| (arg.get_id().to_string(), arg.is_positional()))
        .collect();
    for (id, positional) in ids {
        let heading = if positional { "Аргументы" } else { "Ключи" };
        command = command.mut_arg(&id, |arg| {
            let arg = match text(path, Some(&id)) {
                Some(help) => {
                    let help = with_facts(help, &arg);
                    arg.help(help).long_help(Resettable::<StyledStr>::Reset)
                }
                None => arg,
            };
            let arg = arg.help_heading(heading);
            match arg.get_action().takes_values() {
                // clap says these in English; `with_facts` has said them.
                true => arg.hide_possible_values(true).hide_default_value(true).hide_env(true),
                false => arg,
            }
        });
    }
    let names: Vec<String> =
        command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    for name in names {
        let inner = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command = command.mut_subcommand(&name, |one| translated(one, &inner));
    }
    command
}

/// The help of an argument with its words, default and variable of the environment.
fn with_facts(help: &str, arg: &Arg) -> String {
    let mut out = help.to_owned();
    let words = arg.get_possible_values();
    let words: Vec<&str> = words.iter().map(PossibleValue::get_name).collect();
    if arg.get_action().takes_values() && !words.is_empty() {
        out.push_str(&format!(": {}", words.join(", ")));
    }
    let default: Vec<_> =
        arg.get_default_values().iter().map(|one| one.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !default.join("").is_empty() {
        out.push_str(&format!(" [по умолчанию {}]", default.join(" ")));
    }
    if let Some(name) = arg.get_env() {
        out.push_str(&format!(" [переменная {}]", name.to_string_lossy()));
    }
    out
}

/// Prints help where it was asked for, and refusals in the person's language; the exit code is 2.
pub(crate) fn refuse(error: &Error, lang: Lang) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked
        || lang == Lang::En
        || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    {
        error.print().ok();
    } else {
        use std::io::Write as _;
        let hint = "Справка: --help";
        writeln!(std::io::stderr(), "ошибка: {}\n\n{hint}", said(error)).ok();
    }
    if asked { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn said(error: &Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(list)) => list.join(" "),
        _ => String::new(),
    };
    let arg = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    let mut said = match error.kind() {
        ErrorKind::UnknownArgument => format!("неизвестный ключ или лишний аргумент \"{arg}\""),
        ErrorKind::InvalidSubcommand => {
            format!("неизвестная команда \"{}\"", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => "не хватает команды".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("не хватает: {arg}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg}: нужно значение"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("{arg}: значение \"{value}\" не подходит")
        }
        ErrorKind::ArgumentConflict => {
            format!("{arg} нельзя вместе с {}", context(ContextKind::PriorArg))
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{arg}: значений слишком мало")
        }
        _ => error.to_string(),
    };
    let allowed = context(ContextKind::ValidValue);
    if !allowed.is_empty() {
        said.push_str(&format!(" — допустимо {allowed}"));
    }
    for kind in
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
    {
        let near = context(kind);
        if !near.is_empty() {
            said.push_str(&format!(" (возможно, имелось в виду \"{near}\"?)"));
            break;
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn walk(command: &Command, path: &str, missing: &mut Vec<String>) {
        if text(path, None).is_none() {
            missing.push(path.to_owned());
        }
        for arg in command.get_arguments() {
            if text(path, Some(arg.get_id().as_str())).is_none() {
                missing.push(format!("{path}/{}", arg.get_id()));
            }
        }
        for one in command.get_subcommands() {
            let inner = format!("{path} {}", one.get_name()).trim().to_owned();
            walk(one, &inner, missing);
        }
    }

    #[test]
    fn every_command_and_argument_is_told_in_russian() {
        let command = crate::args::Args::command();
        let mut missing = Vec::new();
        walk(&command, "", &mut missing);
        assert_eq!(missing, [] as [&str; 0]);
        translated(command, "").debug_assert();
    }
}
