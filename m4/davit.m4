dnl DAVIT_OPTION(NAME, DEFAULT, HELP): --enable-NAME or --disable-NAME; sets enable_NAME to yes or no.
AC_DEFUN([DAVIT_OPTION], [
    AC_ARG_ENABLE([$1], m4_if([$2], [yes],
        [AS_HELP_STRING([--disable-$1], [build without: $3])],
        [AS_HELP_STRING([--enable-$1], [$3])]))
    AS_VAR_SET_IF([AS_TR_SH([enable_$1])], [], [AS_TR_SH([enable_$1])=$2])
])

dnl DAVIT_DEFINE_BOOL(MACRO, YES-OR-NO, COMMENT): defines MACRO as 1 or 0.
AC_DEFUN([DAVIT_DEFINE_BOOL], [
    AS_IF([test "$2" = yes], [AC_DEFINE([$1], [1], [$3])], [AC_DEFINE([$1], [0], [$3])])
])

dnl DAVIT_COMPILE_FLAGS(VARIABLE, FLAGS): appends those flags that the compiler takes. Words in quotes are one flag.
AC_DEFUN([DAVIT_COMPILE_FLAGS], [
    for davit_flag in m4_normalize([$2]); do
        AC_MSG_CHECKING([whether $CC takes $davit_flag])
        davit_save=$CFLAGS
        CFLAGS="$CFLAGS -Werror $davit_flag"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
            [AC_MSG_RESULT([yes])
             $1="[$]$1 $davit_flag"],
            [AC_MSG_RESULT([no])])
        CFLAGS=$davit_save
    done
])

dnl DAVIT_LINK_FLAGS(VARIABLE, FLAGS): appends those flags that link.
AC_DEFUN([DAVIT_LINK_FLAGS], [
    for davit_flag in m4_normalize([$2]); do
        AC_MSG_CHECKING([whether linking takes $davit_flag])
        davit_save=$LDFLAGS davit_save_cflags=$CFLAGS
        LDFLAGS="$LDFLAGS $davit_flag"
        CFLAGS="$CFLAGS -fPIE"
        AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
            [AC_MSG_RESULT([yes])
             $1="[$]$1 $davit_flag"],
            [AC_MSG_RESULT([no])])
        LDFLAGS=$davit_save CFLAGS=$davit_save_cflags
    done
])
