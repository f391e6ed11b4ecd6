# ---
# jupyter:
#   xrlearn:
#     title:
#       en: Shortcuts
#       zh: 捷径
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # Shortcuts
#
# [中文](zh/shortcuts.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 捷径
#
# [English](../shortcuts.ipynb)

# %% [markdown] lang="en" tags=["read"]
# In the emergency department a radiographer lays a lead letter on the film; in the outpatient clinic the software does
# without. Most fractures come through emergency. A network that is asked “broken or not?” can look at the bone, or at
# the letter. The letter is easier.

# %% [markdown] lang="zh" tags=["read"]
# 急诊的技师在片盒上放一个铅字，门诊则由软件处理而没有铅字。多数骨折来自急诊。网络被问到“有无骨折”时，可以看骨骼，
# 也可以看铅字，而铅字更容易。

# %% [markdown] lang="en" tags=["notebook"]
# Fifteen minutes. Click into a grey cell, press **Shift + Enter**, read on. The wrists are simulated and their own
# markers were taken off, so that nothing lies on the film but what we lay there. For teaching. Not for diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 约十五分钟。点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。腕部影像是模拟的，原有标记已去除，影像上只有
# 我们放上去的东西。仅供教学，不得用于诊断。

# %%
from xrlearn.labs import lesson, wrists
from xrlearn.labs.shortcut_layers import PLACES, SIZE
from xrlearn.labs.shortcuts_state import Settings, Workbench

lesson.begin()
bench = Workbench.of(wrists.load(size=SIZE))

# %% [markdown] lang="en"
# ## Six things that have nothing to do with the bone
#
# The same wrist, bare and with each of them: a lead marker, a hospital's stamp, a plate, a cast, another maker's
# grey-scale curve, the noise of a lower dose. Two of them you would hardly notice.

# %% [markdown] lang="zh"
# ## 六样与骨骼无关的东西
#
# 同一腕部，先是原片，再依次加上：铅字标记、医院印记、钢板、石膏、另一厂家的灰度曲线、低剂量的噪声。其中两样您几乎
# 察觉不到。

# %%
film = bench.held[bench.truth[bench.held] == 1][0]
with_things = [bench.film(film, kind, bench.place(film, kind)) for kind in PLACES]
lesson.side_by_side([bench.films[film], *with_things], height=150)

# %% [markdown] lang="en"
# ## One network, three hospitals
#
# It is trained where 95 of 100 broken wrists carry the marker, and 5 of 100 whole ones. Then it is measured on wrists
# it never saw: in the same hospital; in one where marker and fracture have nothing to do with each other; and in one
# where it is the other way round. (AUC: 1 is never wrong, 0.5 is guessing, 0 is always wrong.)

# %% [markdown] lang="zh"
# ## 一个网络，三家医院
#
# 训练所在医院中，100 例骨折有 95 例带标记，100 例无骨折有 5 例带标记。随后在从未见过的腕部上评估：同一医院；标记与
# 骨折无关的医院；以及关联相反的医院。（AUC：1 表示从不出错，0.5 等于猜测，0 表示总是错。）

# %%
run = bench.train(Settings("marker", link=0.95))
for link in (0.95, 0.5, 0.05):
    figure = run.at(link)
    print(f"link {link:4.0%}   AUC {figure.auc:.2f} ({figure.low:.2f} – {figure.high:.2f})")

# %% [markdown] lang="en"
# Nothing was done wrong in the usual sense: other patients were tested, the interval is narrow, the first figure is
# excellent. Only the question was answered from the wrong place.
#
# ## How much of a link is enough?
#
# The jump is by how much the probability of a fracture rises, on average, when the marker is laid on a film. Even where
# four of five go together it is there.

# %% [markdown] lang="zh"
# 按通常的标准，没有哪一步做错：测试用的是其他患者，区间很窄，第一个结果也很出色。只是答案来自错误的地方。
#
# ## 多强的关联就够了？
#
# “jump”是把标记放到影像上时，骨折概率平均上升多少。即使只有五分之四相伴，它也已存在。

# %%
for link in (0.5, 0.8, 0.95):
    print(f"link in training {link:4.0%}   jump {bench.train(Settings('marker', link=link)).jump:+.2f}")

# %% [markdown] lang="en"
# ## The lab
#
# Set the link, move the marker across the film and off it, and look at the heat map. Then try the grey-scale curve: say
# first what the heat map will show.

# %% [markdown] lang="zh"
# ## 实验
#
# 设定关联强度，把标记在影像上移动、移出影像，再看热图。然后试试灰度曲线：先说出您认为热图会显示什么。

# %% tags=["lab"]
from xrlearn.labs import shortcuts

lab = shortcuts.show()

# %% [markdown] lang="en" tags=["showed"]
# ## What it showed
#
# Other patients, a narrow interval, an excellent figure, and still the answer came from the letter. What goes with the
# disease in one hospital is learned with the disease. It shows only where the link is broken: in another hospital, or
# when you move the letter yourself.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它说明了什么
#
# 换了患者，区间很窄，数值出色，答案却仍来自那个铅字。在一家医院里与疾病相伴的东西，会和疾病一起被学进去。只有在这种
# 关联被打破的地方才看得出来：换一家医院，或者您亲手移动铅字。
